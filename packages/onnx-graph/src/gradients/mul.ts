import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A·B element by element: dA = dY·B, dB = dY·A. */
export const mulGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  return [sumToShape(g, g.op.mul(dY, b), a), sumToShape(g, g.op.mul(dY, a), b)];
};
