import type { GradientRule } from './rule.js';

/** Piecewise constant operators (Floor, Ceil, Round, Sign): the gradient is 0 wherever there is one. */
export const flatGradient: GradientRule = (_, node) => node.inputs.map(() => null);
