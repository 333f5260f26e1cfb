import { numbersAttribute } from '../attribute.js';
import { inversePermutation } from './helpers.js';
import type { GradientRule } from './rule.js';

/** Y = X with axes permuted: dX = dY permuted back. */
export const transposeGradient: GradientRule = (g, node, dY) => {
  const perm = numbersAttribute(node.attributes, 'perm');
  // Without perm the axes are reversed, which undoes itself.
  return [g.op.transpose(dY, perm === undefined ? undefined : inversePermutation(perm))];
};
