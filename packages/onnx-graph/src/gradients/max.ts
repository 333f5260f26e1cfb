import { chosenGradient } from './extremum.js';
import type { GradientRule } from './rule.js';

/** Y = max(A, B): dY goes to the larger operand, half to each where they are equal. */
export const maxGradient: GradientRule = chosenGradient;
