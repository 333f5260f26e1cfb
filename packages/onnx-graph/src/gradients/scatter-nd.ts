import { textAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import { missingRule } from './missing-rule.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X with slices replaced, or added to: as for ScatterElements, with index tuples. */
export const scatterNDGradient: GradientRule = (g, node, dY) => {
  const [indices, updates] = [inputOf(node, 1), inputOf(node, 2)];
  const reduction = textAttribute(node.attributes, 'reduction', 'none');
  const dUpdates = g.op.gatherND(dY, indices);
  if (reduction === 'add') return [dY, null, dUpdates];
  if (reduction !== 'none')
    throw missingRule(node, `Its reduction is "${reduction}"; there are rules for none and add.`);
  return [g.op.scatterND(dY, indices, zerosLike(g, updates)), null, dUpdates];
};
