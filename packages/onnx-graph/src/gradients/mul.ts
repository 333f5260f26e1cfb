import type { GraphBuilder } from '../graph-builder.js';
import { originOf, type Value } from '../value.js';
import { sumToShape, unexpanded } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

function isSigmoidOf(sigmoid: Value, x: Value): boolean {
  const { node } = originOf(sigmoid);
  return node?.operator === 'Sigmoid' && node.inputs[0] === x;
}

/** Y = X·σ(X), the SiLU: dX = dY·(σ + Y − Y·σ), two passes less than by the rules of its parts. */
function siluGradient(g: GraphBuilder, y: Value, sigmoid: Value, dY: Value): Value {
  return g.op.mul(dY, g.op.add(sigmoid, g.op.sub(y, g.op.mul(y, sigmoid))));
}

/** Y = A·B element by element: dA = dY·B, dB = dY·A; a square or a SiLU takes less for both together. */
export const mulGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const y = node.outputs[0]!;
  if (a === b) return [g.op.mul(g.op.mul(unexpanded(dY, a), 2), a), null];
  if (isSigmoidOf(b, a)) return [siluGradient(g, y, b, dY), null];
  if (isSigmoidOf(a, b)) return [null, siluGradient(g, y, a, dY)];
  return [sumToShape(g, g.op.mul(unexpanded(dY, b), b), a), sumToShape(g, g.op.mul(unexpanded(dY, a), a), b)];
};
