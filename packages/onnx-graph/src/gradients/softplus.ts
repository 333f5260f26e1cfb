import { type GradientRule, inputOf } from './rule.js';

/** Y = ln(1 + eˣ): dX = dY·σ(X). */
export const softplusGradient: GradientRule = (g, node, dY) => [g.op.mul(dY, g.op.sigmoid(inputOf(node, 0)))];
