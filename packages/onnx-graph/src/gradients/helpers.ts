import type { GraphBuilder } from '../graph-builder.js';
import { isStatic, sameShape } from '../shapes.js';
import { elementCount } from '../tensor-data.js';
import { type Dimension, originOf, type Shape, type Value } from '../value.js';

/** Zeros in the shape and type of a value. */
export function zerosLike(g: GraphBuilder, x: Value): Value {
  return g.op.constantOfShape(g.op.shape(x), 0, x.type);
}

/** `x` in the shape of `target`, which has as many elements. */
export function reshapeLike(g: GraphBuilder, x: Value, target: Value): Value {
  if (sameShape(x.shape, target.shape)) return x;
  // Numbers where they suffice: reading the shape of `target` would keep its buffer alive until here.
  const sizes = target.shape.map((size, axis) => (typeof size === 'string' && x.shape[axis] === size ? 0 : size));
  const unknown = sizes.filter((size) => typeof size === 'string').length;
  if (unknown > 1) return g.op.reshape(x, g.op.shape(target));
  return g.op.reshape(
    x,
    sizes.map((size) => (typeof size === 'string' ? -1 : size)),
  );
}

/** `x` broadcast to the shape of `target`. */
export function expandLike(g: GraphBuilder, x: Value, target: Value): Value {
  return sameShape(x.shape, target.shape) ? x : g.op.expand(x, g.op.shape(target));
}

/** The axes along which `from` was broadcast to `to`, when names and numbers tell; `undefined` when only a run can. */
function broadcastAxes(from: Shape, to: Shape): readonly number[] | undefined {
  const axes: number[] = [];
  const added = to.length - from.length;
  for (const [axis, size] of to.entries()) {
    const before: Dimension | undefined = axis < added ? undefined : from[axis - added];
    if (before === size) continue;
    if (before === undefined || before === 1) axes.push(axis);
    else if (typeof before === 'string') return undefined;
    // A known size other than 1 stays what it is, whatever the name it has afterwards.
  }
  return axes;
}

/**
 * A gradient to be multiplied with `other`: what was repeated to the shape that `other` has anyway is taken as it was
 * before, since the product repeats it again. Saves a tensor of full size after every reduction.
 */
export function unexpanded(gradient: Value, other: Value): Value {
  const { node } = originOf(gradient);
  return node?.operator === 'Expand' && sameShape(other.shape, gradient.shape) ? node.inputs[0]! : gradient;
}

/** Sums a gradient over the axes along which `target` was broadcast, so that it gets the shape of `target`. */
export function sumToShape(g: GraphBuilder, gradient: Value, target: Value): Value {
  if (sameShape(gradient.shape, target.shape)) return gradient;
  const axes = broadcastAxes(target.shape, gradient.shape);
  if (axes === undefined) return sumToRuntimeShape(g, gradient, target);
  if (axes.length === 0) return gradient;
  const added = gradient.shape.length - target.shape.length;
  const leading = axes.filter((axis) => axis < added);
  const inner = axes.filter((axis) => axis >= added);
  // One reduction: axes that stay with size 1 come back with the reshape, which costs nothing.
  const summed = g.op.reduceSum(gradient, axes, { keepDims: leading.length === 0 });
  if (leading.length === 0 || inner.length === 0) return summed;
  return g.op.unsqueeze(
    summed,
    inner.map((axis) => axis - added),
  );
}

/** The same where sizes are known at run time only: sums over each axis on which `target` has size 1. */
function sumToRuntimeShape(g: GraphBuilder, gradient: Value, target: Value): Value {
  const added = gradient.shape.length - target.shape.length;
  const leading = Array.from({ length: added }, (_, axis) => axis);
  const inner = added === 0 ? gradient : g.op.reduceSum(gradient, leading, { keepDims: false });
  const isOne = g.op.equal(g.op.shape(target), g.op.constant('int64', 1));
  const [axes] = g.node('NonZero', [isOne], { outputs: [{ type: 'int64', shape: [1, g.freshDimension()] }] });
  const [summed] = g.node('ReduceSum', [inner, g.op.reshape(axes!, [-1])], {
    attributes: { keepdims: { kind: 'int', value: 1 }, noop_with_empty_axes: { kind: 'int', value: 1 } },
    outputs: [{ type: gradient.type, shape: target.shape }],
  });
  return summed!;
}

/** Permutation that swaps the last two of `rank` axes. */
export function swapLastTwo(rank: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}

/** The permutation that undoes another. */
export function inversePermutation(perm: readonly number[]): readonly number[] {
  const inverse: number[] = [];
  for (const [to, from] of perm.entries()) inverse[from] = to;
  return inverse;
}

/** The number of elements along some axes, as a scalar of the given type (a constant when it is known). */
export function countAlong(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const sizes = axes.map((axis) => x.shape[axis]!);
  if (isStatic(sizes)) return g.constant(x.type, elementCount(sizes));
  const counts = axes.map((axis) =>
    g.op.cast(g.op.squeeze(g.op.shape(x, { start: axis, end: axis + 1 }), [0]), x.type),
  );
  return counts.reduce((product, count) => g.op.mul(product, count));
}
