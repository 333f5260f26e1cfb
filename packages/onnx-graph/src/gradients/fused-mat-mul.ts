import { numberAttribute } from '../attribute.js';
import { productGradients } from './product.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = alpha·op(A)·op(B), op swapping the last two axes where asked: as for MatMul, with the swaps undone. */
export const fusedMatMulGradient: GradientRule = (g, node, dY) => {
  const transA = numberAttribute(node.attributes, 'transA', 0) === 1;
  const transB = numberAttribute(node.attributes, 'transB', 0) === 1;
  const alpha = numberAttribute(node.attributes, 'alpha', 1);
  return productGradients(g, inputOf(node, 0), inputOf(node, 1), dY, { alpha, transA, transB });
};
