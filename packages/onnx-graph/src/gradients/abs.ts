import { type GradientRule, inputOf } from './rule.js';

/** Y = |X|: dX = dY·sign X, hence 0 at X = 0. */
export const absGradient: GradientRule = (g, node, dY) => [g.op.mul(dY, g.op.sign(inputOf(node, 0)))];
