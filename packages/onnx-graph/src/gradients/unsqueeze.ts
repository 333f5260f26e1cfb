import { reshapeLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X with axes of size 1 added: dX = dY in the shape of X. */
export const unsqueezeGradient: GradientRule = (g, node, dY) => [reshapeLike(g, dY, inputOf(node, 0)), null];
