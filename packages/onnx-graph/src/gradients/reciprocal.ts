import type { GradientRule } from './rule.js';

/** Y = 1 / X: dX = −dY·Y². */
export const reciprocalGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  return [g.op.neg(g.op.mul(dY, g.op.mul(y, y)))];
};
