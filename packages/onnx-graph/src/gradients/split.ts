import { int, numberAttribute } from '../attribute.js';
import { zerosLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y₁, Y₂, … = parts of X: dX = their gradients joined, with zeros for parts the loss does not use. */
export const splitGradient: GradientRule = (g, node, _, dOutputs) => {
  const parts = node.outputs.map((output, i) => dOutputs[i] ?? zerosLike(g, output));
  const { type, shape } = inputOf(node, 0);
  const axis = int(numberAttribute(node.attributes, 'axis', 0));
  // In the shape of X, which that of parts of unknown sizes would not tell.
  return [g.node('Concat', parts, { attributes: { axis }, outputs: [{ type, shape }] })[0]!, null];
};
