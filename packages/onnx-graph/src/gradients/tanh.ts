import type { GradientRule } from './rule.js';

/** Y = tanh X: dX = dY·(1 − Y²). */
export const tanhGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  return [g.op.mul(dY, g.op.sub(1, g.op.mul(y, y)))];
};
