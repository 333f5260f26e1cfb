import { int, ints, text } from '../attribute.js';
import { GraphError } from '../errors.js';
import type { GraphBuilder } from '../graph-builder.js';
import { isStatic } from '../shapes.js';
import type { Dimension, Shape, Value } from '../value.js';
import { isValue, type Operand, single, toIndices, toValue } from './operand.js';

/** Sizes, or a 1-D int64 value that holds them. */
export type ShapeArgument = readonly Dimension[] | Value;

export interface SliceOptions {
  readonly starts: readonly number[] | Value;
  /** Exclusive; `Infinity` for "to the end". */
  readonly ends: readonly number[] | Value;
  /** All leading axes when left out. */
  readonly axes?: readonly number[];
  readonly steps?: readonly number[];
}

export interface PadOptions {
  readonly mode?: 'constant' | 'reflect' | 'edge' | 'wrap';
  readonly value?: Operand;
  readonly axes?: readonly number[];
}

// ONNX clamps ends to the size, so the largest int64 that JavaScript numbers hold means "to the end".
const END = Number.MAX_SAFE_INTEGER;

export const LAYOUT_OPERATORS = {
  /** Reorders axes: result axis `i` is axis `perm[i]` of `x`; reversed when left out. */
  transpose(g: GraphBuilder, x: Value, perm?: readonly number[]): Value {
    return single(g.node('Transpose', [x], perm === undefined ? {} : { attributes: { perm: ints(perm) } }));
  },

  /** The same elements in another shape. -1: what is left (one axis); 0: as in `x`; a name: the size `x` has under it. */
  reshape(g: GraphBuilder, x: Value, shape: ShapeArgument): Value {
    const target = isValue(shape) ? shape : toIndices(g, namesToNumbers(x, shape));
    return single(g.node('Reshape', [x, target]));
  },

  /** Adds axes of size 1; `axes` count in the result. */
  unsqueeze(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : single(g.node('Unsqueeze', [x, toIndices(g, axes)]));
  },

  /** Takes away axes of size 1: those given, or all. */
  squeeze(g: GraphBuilder, x: Value, axes?: readonly number[]): Value {
    if (axes?.length === 0) return x;
    return single(g.node('Squeeze', axes === undefined ? [x] : [x, toIndices(g, axes)]));
  },

  /** Repeats along axes of size 1 until `x` has the shape that broadcasting gives. */
  expand(g: GraphBuilder, x: Value, shape: ShapeArgument): Value {
    if (isValue(shape)) return single(g.node('Expand', [x, shape]));
    const sizes = shape.map((size, i) =>
      typeof size === 'string' && x.shape[i - shape.length + x.shape.length] === size ? 1 : size,
    );
    return single(g.node('Expand', [x, toIndices(g, numbersOnly('Expand', sizes))]));
  },

  /** Joins along an axis. */
  concat(g: GraphBuilder, values: readonly Value[], axis: number): Value {
    return single(g.node('Concat', values, { attributes: { axis: int(axis) } }));
  },

  /** Cuts along an axis: in parts of the given sizes, or in a number of equal parts (the last may be smaller). */
  split(g: GraphBuilder, x: Value, axis: number, parts: readonly number[] | number): readonly Value[] {
    if (typeof parts !== 'number')
      return g.node('Split', [x, toIndices(g, parts)], { attributes: { axis: int(axis) } });
    return g.node('Split', [x], { attributes: { axis: int(axis), num_outputs: int(parts) } });
  },

  /** `x[start:end:step]` along each of the axes. */
  slice(g: GraphBuilder, x: Value, { starts, ends, axes, steps }: SliceOptions): Value {
    const limits = isValue(ends) ? ends : ends.map((end) => Math.max(-END, Math.min(END, end)));
    const inputs: (Value | null)[] = [x, toIndices(g, starts), toIndices(g, limits)];
    if (axes !== undefined || steps !== undefined) inputs.push(axes === undefined ? null : toIndices(g, axes));
    if (steps !== undefined) inputs.push(toIndices(g, steps));
    return single(g.node('Slice', inputs));
  },

  /** The shape as 1-D int64, or the part [start, end) of it; a constant when it is known. */
  shape(g: GraphBuilder, x: Value, { start = 0, end }: { readonly start?: number; readonly end?: number } = {}): Value {
    const part = x.shape.slice(start, end);
    if (isStatic(part)) return toIndices(g, part);
    const attributes = { start: int(start), ...(end === undefined ? {} : { end: int(end) }) };
    return single(g.node('Shape', [x], { attributes }));
  },

  /** The number of elements as an int64 scalar. */
  size(g: GraphBuilder, x: Value): Value {
    return single(g.node('Size', [x]));
  },

  /** Repeats the whole tensor along each axis. */
  tile(g: GraphBuilder, x: Value, repeats: readonly number[] | Value): Value {
    return single(g.node('Tile', [x, toIndices(g, repeats)]));
  },

  /** Adds elements around: `pads` lists what comes before each axis, then what comes after each; negative cuts off. */
  pad(g: GraphBuilder, x: Value, pads: readonly number[] | Value, options: PadOptions = {}): Value {
    const { mode = 'constant', value, axes } = options;
    const inputs: (Value | null)[] = [x, toIndices(g, pads)];
    if (value !== undefined || axes !== undefined) inputs.push(value === undefined ? null : toValue(g, x.type, value));
    if (axes !== undefined) inputs.push(toIndices(g, axes));
    return single(g.node('Pad', inputs, { attributes: { mode: text(mode) } }));
  },
};

/** Names of a target shape as ONNX writes them: 0 where `x` has that size on the same axis, else -1 once. */
function namesToNumbers(x: Value, shape: Shape): readonly number[] {
  const sizes = shape.map((size, axis) => (typeof size === 'string' && x.shape[axis] === size ? 0 : size));
  const names = sizes.filter((size) => typeof size === 'string');
  if (names.length === 1 && !sizes.includes(-1)) return sizes.map((size) => (typeof size === 'string' ? -1 : size));
  return numbersOnly('Reshape', sizes);
}

function numbersOnly(operator: string, shape: Shape): readonly number[] {
  if (isStatic(shape)) return shape;
  throw new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `${operator} cannot express the shape (${shape.join(', ')}) with numbers.`,
    why: 'It names sizes that the input does not have on the same axis.',
    fix: 'Compute the shape in the graph: concat() of shape() parts and constants.',
  });
}
