import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A / B: dA = dY / B, dB = −dY·Y / B. */
export const divGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const quotient = g.op.div(dY, b);
  return [sumToShape(g, quotient, a), sumToShape(g, g.op.neg(g.op.mul(quotient, node.outputs[0]!)), b)];
};
