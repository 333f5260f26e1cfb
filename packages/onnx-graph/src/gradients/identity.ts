import type { GradientRule } from './rule.js';

/** Y = X: dX = dY. */
export const identityGradient: GradientRule = (_, __, dY) => [dY];
