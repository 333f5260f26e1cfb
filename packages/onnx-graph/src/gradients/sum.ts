import { sumToShape } from './helpers.js';
import type { GradientRule } from './rule.js';

/** Y = A + B + …: each gets dY, summed over broadcast axes. */
export const sumGradient: GradientRule = (g, node, dY) => node.inputs.map((input) => sumToShape(g, dY, input!));
