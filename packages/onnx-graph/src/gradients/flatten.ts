import { reshapeLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X as a matrix: dX = dY in the shape of X. */
export const flattenGradient: GradientRule = (g, node, dY) => [reshapeLike(g, dY, inputOf(node, 0))];
