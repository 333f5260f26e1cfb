import { numberAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = the largest elements along an axis: each gives its dY back to where it came from. */
export const topKGradient: GradientRule = (g, node, dY) => {
  const axis = numberAttribute(node.attributes, 'axis', -1);
  return [g.op.scatterElements(zerosLike(g, inputOf(node, 0)), node.outputs[1]!, dY, axis), null];
};
