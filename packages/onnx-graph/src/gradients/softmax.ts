import { numberAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import { resolveAxis, sameShape } from '../shapes.js';
import { originOf, type Value } from '../value.js';
import type { GradientRule } from './rule.js';

/**
 * Y = softmax X: dX = Y·(dY − Σ dY·Y), the sum along the axis.
 *
 * In attention, where O = Y·V is all that Y is used for, the sum is Σ dO·O over the features of a head: a pass over (T, D) in place
 * of two over (T, T). @see Dao et al. 2022, FlashAttention, arXiv:2205.14135, appendix B.2, equation 4
 */
export const softmaxGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  const axis = resolveAxis('Softmax', numberAttribute(node.attributes, 'axis', -1), y.shape.length);
  const isLast = axis === y.shape.length - 1;
  const sum = (isLast ? weightedSum(g, y, dY) : undefined) ?? g.op.reduceSum(g.op.mul(dY, y), [axis]);
  return [g.op.mul(y, g.op.sub(dY, sum))];
};

/** Σ dY·Y as Σ dO·O, when dY = dO·Vᵀ comes from O = Y·V alone. */
function weightedSum(g: GraphBuilder, y: Value, dY: Value): Value | undefined {
  const { node } = originOf(dY);
  if (node?.operator !== 'FusedMatMul') return undefined;
  const option = (name: string, otherwise: number) => numberAttribute(node.attributes, name, otherwise);
  if (option('transA', 0) !== 0 || option('transB', 0) !== 1 || option('alpha', 1) !== 1) return undefined;
  const [dO, v] = node.inputs as readonly [Value, Value];
  const product = originOf(y).scope.nodes.find(
    ({ operator, inputs }) => operator === 'MatMul' && inputs[0] === y && inputs[1] === v,
  );
  const output = product?.outputs[0];
  if (output === undefined || !sameShape(output.shape, dO.shape)) return undefined;
  return g.op.reduceSum(g.op.mul(dO, output), [-1]);
}
