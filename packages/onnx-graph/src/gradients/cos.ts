import { type GradientRule, inputOf } from './rule.js';

/** Y = cos X: dX = −dY·sin X. */
export const cosGradient: GradientRule = (g, node, dY) => [g.op.neg(g.op.mul(dY, g.op.sin(inputOf(node, 0))))];
