import type { GradientRule } from './rule.js';

/** Y = √X: dX = dY / 2Y. */
export const sqrtGradient: GradientRule = (g, node, dY) => [g.op.div(g.op.mul(dY, 0.5), node.outputs[0]!)];
