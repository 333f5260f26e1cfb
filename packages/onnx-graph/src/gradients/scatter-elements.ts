import { numberAttribute, textAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import { missingRule } from './missing-rule.js';
import { type GradientRule, inputOf } from './rule.js';

/**
 * Y = X with elements replaced, or added to: the updates get dY at their places; X gets dY, without the replaced
 * elements. Replacing twice at one place has no defined result, hence no gradient either.
 */
export const scatterElementsGradient: GradientRule = (g, node, dY) => {
  const [indices, updates] = [inputOf(node, 1), inputOf(node, 2)];
  const axis = numberAttribute(node.attributes, 'axis', 0);
  const reduction = textAttribute(node.attributes, 'reduction', 'none');
  const dUpdates = g.op.gatherElements(dY, indices, axis);
  if (reduction === 'add') return [dY, null, dUpdates];
  if (reduction !== 'none')
    throw missingRule(node, `Its reduction is "${reduction}"; there are rules for none and add.`);
  return [g.op.scatterElements(dY, indices, zerosLike(g, updates), axis), null, dUpdates];
};
