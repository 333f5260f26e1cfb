import { flag, float, int } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { type Operand, single, toIndices, toValue } from './operand.js';

export interface ReduceOptions {
  /** Keep the reduced axes with size 1, as ONNX does by default. */
  readonly keepDims?: boolean;
}

type Reduce = (g: GraphBuilder, x: Value, axes?: readonly number[] | Value, options?: ReduceOptions) => Value;

function reduce(operator: string): Reduce {
  return (g, x, axes, { keepDims = true } = {}) => {
    const inputs = axes === undefined ? [x] : [x, toIndices(g, axes)];
    return single(g.node(operator, inputs, { attributes: { keepdims: flag(keepDims) } }));
  };
}

export interface LayerNormalizationOptions {
  /** First of the normalised axes; the last axis when left out. */
  readonly axis?: number;
  readonly epsilon?: number;
}

/** Reductions over axes (all when left out) and what normalises along them. */
export const REDUCTION_OPERATORS = {
  reduceMax: reduce('ReduceMax'),
  reduceMean: reduce('ReduceMean'),
  reduceMin: reduce('ReduceMin'),
  reduceSum: reduce('ReduceSum'),
  reduceSumSquare: reduce('ReduceSumSquare'),

  /** Index (int64) of the largest element along an axis; the first of equal ones. */
  argMax(g: GraphBuilder, x: Value, axis: number, { keepDims = true }: ReduceOptions = {}): Value {
    return single(g.node('ArgMax', [x], { attributes: { axis: int(axis), keepdims: flag(keepDims) } }));
  },

  /** The `count` largest elements along an axis, largest first, and their indices (int64). */
  topK(g: GraphBuilder, x: Value, count: Operand, axis = -1): { readonly values: Value; readonly indices: Value } {
    const k = typeof count === 'number' ? g.constant('int64', [count]) : toValue(g, 'int64', count);
    const [values, indices] = g.node('TopK', [x, k], { attributes: { axis: int(axis) } }) as [Value, Value];
    return { values, indices };
  },

  /** exp(x) / Σ exp(x) along an axis. */
  softmax(g: GraphBuilder, x: Value, axis = -1): Value {
    return single(g.node('Softmax', [x], { attributes: { axis: int(axis) } }));
  },

  /** x − log Σ exp(x) along an axis. */
  logSoftmax(g: GraphBuilder, x: Value, axis = -1): Value {
    return single(g.node('LogSoftmax', [x], { attributes: { axis: int(axis) } }));
  },

  /** (x − mean) / √(variance + ε) · scale + bias over the axes from `axis` on. @see arXiv:1607.06450 */
  layerNormalization(
    g: GraphBuilder,
    x: Value,
    scale: Value,
    bias: Value | null = null,
    { axis = -1, epsilon = 1e-5 }: LayerNormalizationOptions = {},
  ): Value {
    const attributes = { axis: int(axis), epsilon: float(epsilon) };
    return single(g.node('LayerNormalization', bias === null ? [x, scale] : [x, scale, bias], { attributes }));
  },
};
