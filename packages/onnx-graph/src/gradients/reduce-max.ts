import { reducedExtremumGradient } from './extremum.js';
import type { GradientRule } from './rule.js';

/** Y = the largest elements along axes: dY is split equally among those that reach it (as torch.amax). */
export const reduceMaxGradient: GradientRule = reducedExtremumGradient;
