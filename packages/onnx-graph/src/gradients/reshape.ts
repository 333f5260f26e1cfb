import { reshapeLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X in another shape: dX = dY in the shape of X. */
export const reshapeGradient: GradientRule = (g, node, dY) => [reshapeLike(g, dY, inputOf(node, 0)), null];
