import { productGradients, vectorProductGradients } from './product.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY, summed over broadcast axes. A: (…, M, K), B: (…, K, N), dY: (…, M, N). */
export const matMulGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  if (a.shape.length === 1 || b.shape.length === 1) return vectorProductGradients(g, a, b, dY);
  return productGradients(g, a, b, dY, { alpha: 1, transA: false, transB: false });
};
