import { numberAttribute } from '../attribute.js';
import { sumToShape } from './helpers.js';
import { productGradients } from './product.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = alpha·op(A)·op(B) + beta·C: as for FusedMatMul, and dC = beta·dY summed over broadcast axes. */
export const gemmGradient: GradientRule = (g, node, dY) => {
  const [a, b, c] = [inputOf(node, 0), inputOf(node, 1), node.inputs[2] ?? null];
  const transA = numberAttribute(node.attributes, 'transA', 0) === 1;
  const transB = numberAttribute(node.attributes, 'transB', 0) === 1;
  const alpha = numberAttribute(node.attributes, 'alpha', 1);
  const beta = numberAttribute(node.attributes, 'beta', 1);
  const products = productGradients(g, a, b, dY, { alpha, transA, transB });
  if (c === null) return products;
  const dC = sumToShape(g, dY, c);
  return [...products, beta === 1 ? dC : g.op.mul(dC, beta)];
};
