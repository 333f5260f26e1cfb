import { flag, float, int } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { single } from './operand.js';

export interface GemmOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

export interface FusedMatMulOptions {
  /** Factor on the product. */
  readonly alpha?: number;
  /** Swap the last two axes of the factor first. */
  readonly transA?: boolean;
  readonly transB?: boolean;
}

export interface RotaryEmbeddingOptions {
  readonly interleaved?: boolean;
  readonly numHeads?: number;
  /** Features of each head that are rotated, when not all are. */
  readonly rotaryWidth?: number;
}

export const MATRIX_OPERATORS = {
  /** A·B. A: (…, M, K), B: (…, K, N), result (…, M, N); the leading axes broadcast. */
  matMul(g: GraphBuilder, a: Value, b: Value): Value {
    return single(g.node('MatMul', [a, b]));
  },

  /** `alpha`·A·B + `beta`·C for matrices A (M, K), B (K, N), each transposed first if asked; C broadcasts to (M, N). */
  gemm(g: GraphBuilder, a: Value, b: Value, c: Value | null = null, options: GemmOptions = {}): Value {
    const { alpha = 1, beta = 1, transA = false, transB = false } = options;
    const attributes = { alpha: float(alpha), beta: float(beta), transA: flag(transA), transB: flag(transB) };
    return single(g.node('Gemm', c === null ? [a, b] : [a, b, c], { attributes }));
  },

  /**
   * `alpha`·A·B with either factor's last two axes swapped, without a copy: `com.microsoft` FusedMatMul of ONNX Runtime.
   * Its CPU kernel takes float32 only.
   */
  fusedMatMul(g: GraphBuilder, a: Value, b: Value, options: FusedMatMulOptions = {}): Value {
    const { alpha = 1, transA = false, transB = false } = options;
    const attributes = { alpha: float(alpha), transA: flag(transA), transB: flag(transB) };
    return single(g.node('FusedMatMul', [a, b], { attributes }));
  },

  /**
   * Turns pairs of features by the angle of their position: `com.microsoft` RotaryEmbedding of ONNX Runtime, one pass
   * where primitives take eight. x: (B, T, H·D) or (B, H, T, D); positions: int64 (B, T), or (1) for the first of a
   * row 0, 1, …; cos, sin: (positions, R / 2) for R rotated features of each head. Pairs are (i, i + R / 2), or (2i, 2i + 1)
   * when interleaved. A 3-D `x` with R < D needs `numHeads` and `rotaryWidth`.
   * @see arXiv:2104.09864
   */
  rotaryEmbedding(
    g: GraphBuilder,
    x: Value,
    positions: Value,
    cos: Value,
    sin: Value,
    { interleaved = false, numHeads = 0, rotaryWidth = 0 }: RotaryEmbeddingOptions = {},
  ): Value {
    const attributes = {
      interleaved: flag(interleaved),
      num_heads: int(numHeads),
      rotary_embedding_dim: int(rotaryWidth),
    };
    return single(g.node('RotaryEmbedding', [x, positions, cos, sin], { attributes }));
  },
};
