import { reducedExtremumGradient } from './extremum.js';
import type { GradientRule } from './rule.js';

/** Y = the smallest elements along axes: dY is split equally among those that reach it (as torch.amin). */
export const reduceMinGradient: GradientRule = reducedExtremumGradient;
