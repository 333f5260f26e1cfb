import { numberAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { addRows } from './gather.js';
import { reshapeLike } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/**
 * Y = slices of X at index tuples: each adds its dY at its place in dX. The tuples become row numbers of X with its
 * leading axes merged, for {@link addRows}.
 */
export const gatherNDGradient: GradientRule = (g, node, dY) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const batch = numberAttribute(node.attributes, 'batch_dims', 0);
  const depth = Number(indices.shape.at(-1));
  const rows = rowNumbers(g, x, indices, batch, depth);
  const table = g.op.reshape(x, leadingMerged(g, x, batch + depth));
  const updates = g.op.reshape(dY, leadingMerged(g, dY, indices.shape.length - 1));
  return [reshapeLike(g, addRows(g, table, rows, updates), x), null];
};

function leadingMerged(g: GraphBuilder, x: Value, count: number): Value {
  const first = g.op.constant('int64', [-1]);
  return x.shape.length === count
    ? g.op.constant('int64', [-1, 1])
    : g.op.concat([first, g.op.shape(x, { start: count })], 0);
}

/** Row number of each tuple, with its batch's offset: (N). */
function rowNumbers(g: GraphBuilder, x: Value, indices: Value, batch: number, depth: number): Value {
  const size = (axis: number) => g.op.shape(x, { start: axis, end: axis + 1 });
  let number: Value | undefined;
  for (let k = 0; k < depth; k++) {
    const part = g.op.slice(indices, { starts: [k], ends: [k + 1], axes: [-1] });
    const place = g.op.where(g.op.less(part, 0), g.op.add(part, size(batch + k)), part);
    number = number === undefined ? place : g.op.add(g.op.mul(number, size(batch + k)), place);
  }
  if (batch === 0) return g.op.reshape(number!, [-1]);
  // As (batches, tuples), so that each batch gets its offset by broadcasting.
  const batches = Array.from({ length: batch }, (_, axis) => size(axis)).reduce((a, b) => g.op.mul(a, b));
  const count = g.op.squeeze(batches, [0]);
  const block = Array.from({ length: depth }, (_, k) => size(batch + k)).reduce((a, b) => g.op.mul(a, b));
  const offsets = g.op.mul(g.op.range(g.op.constant('int64', 0), count, 1), block);
  const grid = g.op.reshape(number!, g.op.concat([batches, g.op.constant('int64', [-1])], 0));
  return g.op.reshape(g.op.add(grid, g.op.unsqueeze(offsets, [1])), [-1]);
}
