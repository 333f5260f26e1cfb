import type { GradientRule } from './rule.js';

/** Y = eˣ: dX = dY·Y. */
export const expGradient: GradientRule = (g, node, dY) => [g.op.mul(dY, node.outputs[0]!)];
