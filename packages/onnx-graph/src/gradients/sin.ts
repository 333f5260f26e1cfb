import { type GradientRule, inputOf } from './rule.js';

/** Y = sin X: dX = dY·cos X. */
export const sinGradient: GradientRule = (g, node, dY) => [g.op.mul(dY, g.op.cos(inputOf(node, 0)))];
