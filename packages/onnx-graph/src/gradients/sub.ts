import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A − B: dA = dY, dB = −dY. */
export const subGradient: GradientRule = (g, node, dY) => [
  sumToShape(g, dY, inputOf(node, 0)),
  g.op.neg(sumToShape(g, dY, inputOf(node, 1))),
];
