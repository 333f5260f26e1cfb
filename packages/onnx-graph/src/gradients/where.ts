import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A where the condition holds, else B: each gets dY at its own places. */
export const whereGradient: GradientRule = (g, node, dY) => {
  const [condition, a, b] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  return [null, sumToShape(g, g.op.where(condition, dY, 0), a), sumToShape(g, g.op.where(condition, 0, dY), b)];
};
