import { chosenGradient } from './extremum.js';
import type { GradientRule } from './rule.js';

/** Y = min(A, B): dY goes to the smaller operand, half to each where they are equal. */
export const minGradient: GradientRule = chosenGradient;
