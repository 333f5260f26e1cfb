import { numberAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import type { GradientRule } from './rule.js';

/** Y₁, Y₂, … = parts of X: dX = their gradients joined, with zeros for parts the loss does not use. */
export const splitGradient: GradientRule = (g, node, _, dOutputs) => {
  const parts = node.outputs.map((output, i) => dOutputs[i] ?? zerosLike(g, output));
  return [g.op.concat(parts, numberAttribute(node.attributes, 'axis', 0)), null];
};
