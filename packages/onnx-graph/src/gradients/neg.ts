import type { GradientRule } from './rule.js';

/** Y = −X: dX = −dY. */
export const negGradient: GradientRule = (g, _, dY) => [g.op.neg(dY)];
