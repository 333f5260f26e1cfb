import { sumToShape, unexpanded } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A·B element by element: dA = dY·B, dB = dY·A; a square X·X takes one product for both. */
export const mulGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  if (a === b) return [g.op.mul(g.op.mul(unexpanded(dY, a), 2), a), null];
  return [sumToShape(g, g.op.mul(unexpanded(dY, b), b), a), sumToShape(g, g.op.mul(unexpanded(dY, a), a), b)];
};
