import { type GradientRule, inputOf } from './rule.js';

/** Y = X in another floating-point type: dX = dY in the type of X. */
export const castGradient: GradientRule = (g, node, dY) => [g.op.cast(dY, inputOf(node, 0).type)];
