import { flag, int, text } from '../attribute.js';
import type { ElementType } from '../element-type.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import type { ShapeArgument } from './layout.js';
import { isValue, type Operand, single, toIndices, toValue, toValues } from './operand.js';

/** What happens where an index occurs more than once, or to the element that was there. */
export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min';

export interface OneHotOptions {
  /** Where the new axis lies in the result; last when left out. */
  readonly axis?: number;
  readonly type?: ElementType;
  readonly on?: number;
  readonly off?: number;
}

export const INDEXING_OPERATORS = {
  /** Whole slices of `x` along an axis: (…, A, …) with indices (I…) gives (…, I…, …). Negative indices count from the end. */
  gather(g: GraphBuilder, x: Value, indices: Value | number | readonly number[], axis = 0): Value {
    const at = isValue(indices) ? indices : g.constant('int64', indices);
    return single(g.node('Gather', [x, at], { attributes: { axis: int(axis) } }));
  },

  /** One element for each index: `out[i][j] = x[indices[i][j]][j]` for axis 0. */
  gatherElements(g: GraphBuilder, x: Value, indices: Value, axis = 0): Value {
    return single(g.node('GatherElements', [x, indices], { attributes: { axis: int(axis) } }));
  },

  /** Slices addressed by the index tuples in the last axis of `indices` (int64). */
  gatherND(g: GraphBuilder, x: Value, indices: Value, { batchDims = 0 }: { readonly batchDims?: number } = {}): Value {
    return single(g.node('GatherND', [x, indices], { attributes: { batch_dims: int(batchDims) } }));
  },

  /** A copy of `x` with the slices at the index tuples replaced, or combined. */
  scatterND(g: GraphBuilder, x: Value, indices: Value, updates: Value, reduction: ScatterReduction = 'none'): Value {
    return single(g.node('ScatterND', [x, indices, updates], { attributes: { reduction: text(reduction) } }));
  },

  /** A copy of `x` with single elements replaced, or combined: the reverse of `gatherElements`. */
  scatterElements(
    g: GraphBuilder,
    x: Value,
    indices: Value,
    updates: Value,
    axis = 0,
    reduction: ScatterReduction = 'none',
  ): Value {
    const attributes = { axis: int(axis), reduction: text(reduction) };
    return single(g.node('ScatterElements', [x, indices, updates], { attributes }));
  },

  /** `on` (1) where the new axis' position equals the index, `off` (0) elsewhere. float32 unless `type` says otherwise. */
  oneHot(g: GraphBuilder, indices: Value, depth: Operand, options: OneHotOptions = {}): Value {
    const { axis = -1, type = 'float32', on = 1, off = 0 } = options;
    // ONNX Runtime's CPU kernels want the depth in the indices' own type.
    const inputs = [indices, toValue(g, indices.type, depth), g.constant(type, [off, on])];
    return single(g.node('OneHot', inputs, { attributes: { axis: int(axis) } }));
  },

  /** `start`, `start + delta`, … below `limit`. Numbers alone make int64. */
  range(g: GraphBuilder, start: Operand, limit: Operand, delta: Operand = 1): Value {
    const operands = [start, limit, delta];
    const values = operands.some(isValue)
      ? toValues(g, 'Range', operands)
      : operands.map((x) => toValue(g, 'int64', x));
    return single(g.node('Range', values));
  },

  /** A tensor with every element equal; float32 unless `type` says otherwise. */
  constantOfShape(
    g: GraphBuilder,
    shape: Exclude<ShapeArgument, readonly string[]>,
    value = 0,
    type: ElementType = 'float32',
  ): Value {
    const sizes = toIndices(g, shape as Value | readonly number[]);
    const attributes = { value: { kind: 'tensor', value: { type, shape: [1], data: [value] } } } as const;
    return single(g.node('ConstantOfShape', [sizes], { attributes }));
  },

  /** Running sum along an axis; without the element itself when `exclusive`, from the end when `reverse`. */
  cumSum(
    g: GraphBuilder,
    x: Value,
    axis: number,
    { exclusive = false, reverse = false }: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
  ): Value {
    const attributes = { exclusive: flag(exclusive), reverse: flag(reverse) };
    return single(g.node('CumSum', [x, g.constant('int64', axis)], { attributes }));
  },

  /** Keeps the lower triangle (or the upper) of the last two axes, with `k` diagonals more, and zeroes the rest. */
  trilu(
    g: GraphBuilder,
    x: Value,
    { upper = false, k = 0 }: { readonly upper?: boolean; readonly k?: Operand } = {},
  ): Value {
    return single(g.node('Trilu', [x, toValue(g, 'int64', k)], { attributes: { upper: flag(upper) } }));
  },

  /** A constant of this graph's model: see {@link GraphBuilder.constant}. */
  constant(g: GraphBuilder, ...args: Parameters<GraphBuilder['constant']>): Value {
    return g.constant(...args);
  },
};
