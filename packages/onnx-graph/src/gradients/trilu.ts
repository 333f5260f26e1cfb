import type { GradientRule } from './rule.js';

/** Y = a triangle of X: dX = the same triangle of dY. */
export const triluGradient: GradientRule = (g, node, dY) => [
  g.node('Trilu', [dY, ...node.inputs.slice(1)], { attributes: node.attributes })[0]!,
  null,
];
