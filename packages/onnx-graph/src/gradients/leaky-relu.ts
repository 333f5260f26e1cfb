import { numberAttribute } from '../attribute.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X where X > 0, else alpha·X: dX = dY or alpha·dY; alpha·dY at X = 0, as in PyTorch. */
export const leakyReluGradient: GradientRule = (g, node, dY) => {
  const alpha = numberAttribute(node.attributes, 'alpha', 0.01);
  return [g.op.where(g.op.greater(inputOf(node, 0), 0), dY, g.op.mul(dY, alpha))];
};
