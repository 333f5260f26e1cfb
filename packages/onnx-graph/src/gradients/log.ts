import { type GradientRule, inputOf } from './rule.js';

/** Y = ln X: dX = dY / X. */
export const logGradient: GradientRule = (g, node, dY) => [g.op.div(dY, inputOf(node, 0))];
