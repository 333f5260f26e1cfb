import { numberAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import { resolveAxis } from '../shapes.js';
import type { GraphNode, Value } from '../value.js';
import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Mean and 1/√(variance + ε) over the normalised axes: the node's own outputs, or computed again. */
function statistics(g: GraphBuilder, node: GraphNode, axes: readonly number[]): readonly [Value, Value] {
  const x = inputOf(node, 0);
  // The node keeps them in float32, whatever the type of X.
  if (x.type === 'float32') return [node.outputs[1]!, node.outputs[2]!];
  const mean = g.op.reduceMean(x, axes);
  const centred = g.op.sub(x, mean);
  const variance = g.op.reduceMean(g.op.mul(centred, centred), axes);
  return [mean, g.op.reciprocal(g.op.sqrt(g.op.add(variance, numberAttribute(node.attributes, 'epsilon', 1e-5))))];
}

/**
 * Y = X̂·scale + bias with X̂ = (X − mean)·r, r = 1/√(variance + ε). With dX̂ = dY·scale:
 * dX = r·(dX̂ − mean(dX̂) − X̂·mean(dX̂·X̂)), dScale = Σ dY·X̂, dBias = Σ dY.
 */
export const layerNormalizationGradient: GradientRule = (g, node, dY) => {
  const [x, scale, bias] = [inputOf(node, 0), inputOf(node, 1), node.inputs[2] ?? null];
  const axis = resolveAxis('LayerNormalization', numberAttribute(node.attributes, 'axis', -1), x.shape.length);
  const axes = Array.from({ length: x.shape.length - axis }, (_, i) => axis + i);
  const [mean, r] = statistics(g, node, axes);
  const normal = g.op.mul(g.op.sub(x, mean), r);
  const dNormal = g.op.mul(dY, scale);
  const correction = g.op.mul(normal, g.op.reduceMean(g.op.mul(dNormal, normal), axes));
  const centred = g.op.sub(g.op.sub(dNormal, g.op.reduceMean(dNormal, axes)), correction);
  const dScale = sumToShape(g, g.op.mul(dY, normal), scale);
  return [g.op.mul(centred, r), dScale, bias === null ? null : sumToShape(g, dY, bias)];
};
