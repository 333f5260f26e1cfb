import { numberAttribute } from '../attribute.js';
import { broadcastShapes, shapeMismatch, unify } from '../shapes.js';
import type { Dimension, Shape } from '../value.js';
import { type Inference, type InferenceContext, oneType, required } from './types.js';

function transposed(shape: Shape, yes: boolean): Shape {
  if (!yes || shape.length < 2) return shape;
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

// (…, M, K) by (…, K, N) is (…, M, N); a 1-D factor gets an axis of size 1 that is taken away again.
function matrixProduct(c: InferenceContext, left: Shape, right: Shape): Shape {
  if (left.length === 0 || right.length === 0) throw shapeMismatch(c.operator, [left, right], 'A factor is a scalar.');
  const a: Shape = left.length === 1 ? [1, ...left] : left;
  const b: Shape = right.length === 1 ? [...right, 1] : right;
  if (unify(a.at(-1)!, b.at(-2)!) === undefined) {
    throw shapeMismatch(c.operator, [left, right], `The inner sizes ${a.at(-1)} and ${b.at(-2)} differ.`);
  }
  const batch = broadcastShapes(c.operator, [a.slice(0, -2), b.slice(0, -2)], c.fresh);
  const matrix: Dimension[] = [];
  if (left.length > 1) matrix.push(a.at(-2)!);
  if (right.length > 1) matrix.push(b.at(-1)!);
  return [...batch, ...matrix];
}

const matMul: Inference = (c) => {
  const [a, b] = [required(c, 0), required(c, 1)];
  return [{ type: oneType(c, [a, b]), shape: matrixProduct(c, a.shape, b.shape) }];
};

const fusedMatMul: Inference = (c) => {
  const [a, b] = [required(c, 0), required(c, 1)];
  const left = transposed(a.shape, numberAttribute(c.attributes, 'transA', 0) === 1);
  const right = transposed(b.shape, numberAttribute(c.attributes, 'transB', 0) === 1);
  return [{ type: oneType(c, [a, b]), shape: matrixProduct(c, left, right) }];
};

const gemm: Inference = (c) => {
  const [a, b, bias] = [required(c, 0), required(c, 1), c.inputs[2] ?? null];
  const type = oneType(c, bias === null ? [a, b] : [a, b, bias]);
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw shapeMismatch(c.operator, [a.shape, b.shape], 'Gemm multiplies matrices: both need two dimensions.');
  }
  const left = transposed(a.shape, numberAttribute(c.attributes, 'transA', 0) === 1);
  const right = transposed(b.shape, numberAttribute(c.attributes, 'transB', 0) === 1);
  const shape = matrixProduct(c, left, right);
  // The bias broadcasts to the product, never the other way round.
  if (bias !== null) {
    const both = broadcastShapes(c.operator, [shape, bias.shape], c.fresh);
    const grows = both.some((size, i) => typeof size === 'number' && typeof shape[i] === 'number' && size !== shape[i]);
    if (bias.shape.length > 2 || grows)
      throw shapeMismatch(c.operator, [shape, bias.shape], 'The bias is larger than the product.');
  }
  return [{ type, shape }];
};

export const MATRIX = { FusedMatMul: fusedMatMul, Gemm: gemm, MatMul: matMul } as const satisfies Record<
  string,
  Inference
>;
