import { type GradientRule, inputOf } from './rule.js';

/**
 * Y = X turned by angles: dX = dY turned back. The angles are given: what they are computed from gets no gradient.
 */
export const rotaryEmbeddingGradient: GradientRule = (g, node, dY) => {
  const [positions, cos, sin] = [inputOf(node, 1), inputOf(node, 2), inputOf(node, 3)];
  const inputs = [dY, positions, cos, g.op.neg(sin)];
  return [g.node('RotaryEmbedding', inputs, { attributes: node.attributes })[0]!, null, null, null];
};
