import { reshapeLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X without axes of size 1: dX = dY in the shape of X. */
export const squeezeGradient: GradientRule = (g, node, dY) => [reshapeLike(g, dY, inputOf(node, 0)), null];
