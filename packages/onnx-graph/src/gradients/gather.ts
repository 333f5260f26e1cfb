import { numberAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import { knownNumbers } from '../inference/types.js';
import { resolveAxis } from '../shapes.js';
import { originOf, type Value } from '../value.js';
import { inversePermutation, reshapeLike, zerosLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

// Up to here a product with one-hot columns beats scattering (2048 rows of 128 floats, one thread: 0.6 against 1.3 ms for
// 64 rows of the table, 1.5 against 1.6 for 256, 12 against 1.8 for 2048); benchmarks/gather-gradient.bench.ts.
const SMALL_TABLE = 128;

/**
 * Adds rows up: out[indices[n]] += rows[n]. table: (V, D…), indices: (N), rows: (N, D…).
 *
 * Not ScatterND, which looks made for this: ONNX Runtime's CPU kernel (1.30) adds in several threads without a lock, so
 * repeated indices lose updates (seen: 4096 rows on 3 indices, off by 3 in sums of 10) and no two runs agree.
 * ScatterElements adds in one thread, in order: exact and the same on every run.
 */
export function addRows(g: GraphBuilder, table: Value, indices: Value, rows: Value): Value {
  const vocabulary = table.shape[0]!;
  const flat = g.op.reshape(rows, [0, -1]);
  if (typeof vocabulary === 'number' && vocabulary <= SMALL_TABLE && rows.type === 'float32') {
    return reshapeLike(g, g.op.matMul(g.op.oneHot(indices, vocabulary, { axis: 0 }), flat), table);
  }
  // Element by element in one long row: the kernel walks one index where it would walk two, and took half the time or less.
  const width = g.op.shape(flat, { start: 1 });
  const columns = g.op.range(g.op.constant('int64', 0), g.op.squeeze(width, [0]), 1);
  const starts = g.op.mul(g.op.unsqueeze(countedFromFront(g, table, indices), [1]), width);
  const places = g.op.reshape(g.op.add(starts, columns), [-1]);
  const zeros = g.op.reshape(zerosLike(g, table), [-1]);
  return reshapeLike(g, g.op.scatterElements(zeros, places, g.op.reshape(flat, [-1]), 0, 'add'), table);
}

/** Row numbers as int64, negative ones (which ONNX counts from the end) made positive. */
function countedFromFront(g: GraphBuilder, table: Value, indices: Value): Value {
  const numbers = g.op.cast(indices, 'int64');
  return g.op.where(g.op.less(numbers, 0), g.op.add(numbers, g.op.shape(table, { end: 1 })), numbers);
}

/** Y = slices of X along an axis: each adds its dY at its place in dX; repeated indices add up. */
export const gatherGradient: GradientRule = (g, node, dY) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const axis = resolveAxis('Gather', numberAttribute(node.attributes, 'axis', 0), x.shape.length);
  const single = indices.shape.length === 0 ? knownNumbers(indices)?.[0] : undefined;
  const size = x.shape[axis]!;
  // One slice at a known place: zeros around it.
  if (single !== undefined && typeof size === 'number') {
    const before = single < 0 ? single + size : single;
    return [g.op.pad(g.op.unsqueeze(dY, [axis]), [before, size - 1 - before], { axes: [axis] }), null];
  }
  const flatIndices = g.op.reshape(indices, [-1]);
  const tail = x.shape.slice(axis + 1);
  if (axis === 0) {
    const rows =
      tail.length === 0 ? g.op.reshape(dY, [-1, 1]) : g.op.reshape(dY, rowShape(g, dY, indices.shape.length));
    if (indices.shape.length === 1 && fromNonZero(indices))
      return [g.op.scatterND(zerosLike(g, x), g.op.unsqueeze(flatIndices, [1]), dY), null];
    return [addRows(g, x, flatIndices, rows), null];
  }
  // With the axis first it is the same again. dY: (…, I…, …).
  const rank = x.shape.length;
  const first = [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)];
  const merged = mergeAxes(g, dY, axis, indices.shape.length);
  const swapped = g.op.transpose(x, first);
  const sums = addRows(g, swapped, flatIndices, g.op.transpose(merged, first));
  return [g.op.transpose(sums, inversePermutation(first)), null];
};

/** True for the places where a list is not zero: no two are equal, so that slices are copied and not added up. */
function fromNonZero(indices: Value): boolean {
  const { node } = originOf(indices);
  if (node?.operator === 'Reshape') return fromNonZero(node.inputs[0]!);
  return node?.operator === 'NonZero' && node.inputs[0]!.shape.length === 1;
}

/** The shape with the leading axes merged to one. */
function rowShape(g: GraphBuilder, x: Value, leading: number): Value {
  return g.op.concat([g.op.constant('int64', [-1]), g.op.shape(x, { start: leading })], 0);
}

/** Merges `count` axes from `axis` on to one (of size 1 when there are none). */
function mergeAxes(g: GraphBuilder, x: Value, axis: number, count: number): Value {
  if (count === 1) return x;
  const parts = [g.op.constant('int64', [-1]), g.op.shape(x, { start: axis + count })];
  return g.op.reshape(x, g.op.concat(axis === 0 ? parts : [g.op.shape(x, { end: axis }), ...parts], 0));
}
