import { overInput } from './extremum.js';
import type { GradientRule } from './rule.js';

/** Y = Σ X over axes: dX = dY repeated along them. */
export const reduceSumGradient: GradientRule = (g, node, dY) => [overInput(g, node, dY), null];
