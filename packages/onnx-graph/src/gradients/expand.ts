import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X repeated along axes of size 1: dX = dY summed over them. */
export const expandGradient: GradientRule = (g, node, dY) => [sumToShape(g, dY, inputOf(node, 0)), null];
