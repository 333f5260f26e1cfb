import { type GradientRule, inputOf } from './rule.js';

/** Y = erf X: dX = dY·(2/√π)·exp(−X²). */
export const erfGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  return [g.op.mul(dY, g.op.mul(g.op.exp(g.op.neg(g.op.mul(x, x))), 2 / Math.sqrt(Math.PI)))];
};
