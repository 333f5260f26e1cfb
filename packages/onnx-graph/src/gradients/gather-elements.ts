import { numberAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = single elements of X: each adds its dY at its place in dX; repeated indices add up. */
export const gatherElementsGradient: GradientRule = (g, node, dY) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const axis = numberAttribute(node.attributes, 'axis', 0);
  return [g.op.scatterElements(zerosLike(g, x), indices, dY, axis, 'add'), null];
};
