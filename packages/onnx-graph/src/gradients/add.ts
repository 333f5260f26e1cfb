import { sumToShape } from './helpers.js';
import type { GradientRule } from './rule.js';

/** Y = A + B: dA = dB = dY, summed over broadcast axes. */
export const addGradient: GradientRule = (g, node, dY) => node.inputs.map((input) => sumToShape(g, dY, input!));
