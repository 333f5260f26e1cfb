import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { reshapeLike, sumToShape, swapLastTwo } from './helpers.js';

interface ProductOptions {
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/**
 * `alpha`·A·B, each transposed first if asked, in the way that runs fastest. FusedMatMul and Gemm were equally fast for
 * matrices (8 × 256 tokens, 256 → 1024: 8.8 and 9.2 ms), and both read a transposed factor in place.
 */
export function product(g: GraphBuilder, a: Value, b: Value, { alpha, transA, transB }: ProductOptions): Value {
  if (!transA && !transB && alpha === 1) return g.op.matMul(a, b);
  // ONNX Runtime's CPU kernel of FusedMatMul takes float32 only.
  if (a.type === 'float32' && g.microsoft) return g.op.fusedMatMul(a, b, { alpha, transA, transB });
  if (a.shape.length === 2 && b.shape.length === 2) return g.op.gemm(a, b, null, { alpha, transA, transB });
  const left = transA ? g.op.transpose(a, swapLastTwo(a.shape.length)) : a;
  const right = transB ? g.op.transpose(b, swapLastTwo(b.shape.length)) : b;
  const unscaled = g.op.matMul(left, right);
  return alpha === 1 ? unscaled : g.op.mul(unscaled, alpha);
}

/**
 * Gradients of Y = `alpha`·op(A)·op(B) where both have two axes or more:
 * d op(A) = dY·op(B)ᵀ and d op(B) = op(A)ᵀ·dY, summed over broadcast axes. A: (…, M, K), B: (…, K, N), dY: (…, M, N).
 */
export function productGradients(
  g: GraphBuilder,
  a: Value,
  b: Value,
  dY: Value,
  { alpha, transA, transB }: ProductOptions,
): readonly [Value, Value] {
  const dA = transA
    ? product(g, b, dY, { alpha, transA: transB, transB: true })
    : product(g, dY, b, { alpha, transA: false, transB: !transB });
  // x·W with one matrix W for all leading axes: as rows of one matrix, dW is a single product of (K, rows) and (rows, N)
  // and not a batch of products and a sum over them.
  const isLinear = !transA && a.shape.length > 2 && b.shape.length === 2;
  const left = isLinear ? asRows(g, a) : a;
  const right = isLinear ? asRows(g, dY) : dY;
  const dB = transB
    ? product(g, right, left, { alpha, transA: true, transB: transA })
    : product(g, left, right, { alpha, transA: !transA, transB: false });
  return [sumToShape(g, dA, a), sumToShape(g, dB, b)];
}

function asRows(g: GraphBuilder, x: Value): Value {
  const width = x.shape.at(-1)!;
  if (typeof width === 'number') return g.op.reshape(x, [-1, width]);
  return g.op.reshape(x, g.op.concat([g.op.constant('int64', [-1]), g.op.shape(x, { start: -1 })], 0));
}

/** The same for factors with one axis, which MatMul takes as a row or a column. */
export function vectorProductGradients(g: GraphBuilder, a: Value, b: Value, dY: Value): readonly [Value, Value] {
  const row = a.shape.length === 1 ? g.op.unsqueeze(a, [0]) : a;
  const column = b.shape.length === 1 ? g.op.unsqueeze(b, [1]) : b;
  const withRow = a.shape.length === 1 ? g.op.unsqueeze(dY, [b.shape.length === 1 ? -1 : -2]) : dY;
  const full = b.shape.length === 1 ? g.op.unsqueeze(withRow, [-1]) : withRow;
  const [dA, dB] = productGradients(g, row, column, full, { alpha: 1, transA: false, transB: false });
  return [reshapeLike(g, dA, a), reshapeLike(g, dB, b)];
}
