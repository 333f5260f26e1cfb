import type { GradientRule } from './rule.js';

/** Y = σ(X): dX = dY·Y·(1 − Y). */
export const sigmoidGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  return [g.op.mul(dY, g.op.mul(y, g.op.sub(1, y)))];
};
