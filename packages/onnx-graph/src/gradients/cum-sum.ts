import { flag } from '../attribute.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = running sum of X: dX = running sum of dY from the other end. */
export const cumSumGradient: GradientRule = (g, node, dY) => {
  const { exclusive, reverse } = node.attributes;
  const attributes = {
    exclusive: exclusive ?? flag(false),
    reverse: flag(reverse?.kind !== 'int' || reverse.value === 0),
  };
  return [g.node('CumSum', [dY, inputOf(node, 1)], { attributes })[0]!, null];
};
