import type { Dimension, GraphBuilder, Value } from '@flanlab/onnx-graph';
import { MASKED_SCORE, sizeOf } from '../graph/attention.js';

/** How distances fall into buckets. */
export interface BucketSpec {
  readonly buckets: number;
  readonly maxDistance: number;
  /** True where tokens to the right are seen too: each direction has half of the buckets. */
  readonly bidirectional: boolean;
}

/**
 * The bucket of each distance from -maxDistance to maxDistance (place of the key - place of the query); what is farther
 * shares the last one. Small distances have buckets of their own, larger ones share them logarithmically. In float32,
 * step by step, as PyTorch computes it, since a logarithm may fall on the border of two buckets.
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1; huggingface/transformers `_relative_position_bucket`
 */
export function bucketTable({ buckets, maxDistance, bidirectional }: BucketSpec): Int32Array {
  const own = bidirectional ? buckets / 2 : buckets;
  const exact = Math.floor(own / 2);
  const span = Math.fround(Math.log(maxDistance / exact));
  const bucketOf = (distance: number): number => {
    if (distance < exact) return distance;
    const logarithm = Math.fround(Math.log(Math.fround(distance / exact)));
    const share = Math.fround(Math.fround(logarithm / span) * (own - exact));
    return Math.min(own - 1, exact + Math.trunc(share));
  };
  return Int32Array.from({ length: 2 * maxDistance + 1 }, (_, i) => {
    const distance = i - maxDistance;
    if (bidirectional) return bucketOf(Math.abs(distance)) + (distance > 0 ? own : 0);
    return bucketOf(Math.max(0, -distance));
  });
}

/** Rows (N, H) of a bias table (buckets, H) for int64 distances (N). */
function biasRows(g: GraphBuilder, table: Value, spec: BucketSpec, distances: Value): Value {
  const { maxDistance } = spec;
  const far = (limit: number): Value => g.constant('int64', limit);
  const near = g.op.max(g.op.min(distances, far(maxDistance)), far(-maxDistance));
  const buckets = g.constant('int32', [...bucketTable(spec)]);
  return g.op.gather(table, g.op.gather(buckets, g.op.add(near, maxDistance)));
}

/**
 * The bias of each distance that tokens of a row have, from -(T - 1) to T - 1 (place of the key - place of the query):
 * (H, 2T - 1).
 * @param like (B, T)
 */
export function distanceBiases(g: GraphBuilder, table: Value, spec: BucketSpec, like: Value): Value {
  const T = sizeOf(g, like, 1);
  return g.op.transpose(biasRows(g, table, spec, g.op.range(g.op.sub(1, T), T, 1)), [1, 0]);
}

/** How many queries and keys look at each other: int64 scalars, and what their sizes are called. */
export interface Rectangle {
  readonly queries: Value;
  readonly keys: Value;
  readonly sizes: readonly [Dimension, Dimension];
}

/**
 * Lays biases by distance out along diagonals: (H, S + T - 1) → (H, S, T), where key t has the distance t - s from query s
 * and the first bias is that of the last query and the first key. A row of S + T biases is read again and again,
 * S + T - 1 numbers at a time: a look-up of all S·T pairs would cost a scatter of as many numbers on the way back.
 */
export function alongDiagonals(g: GraphBuilder, biases: Value, { queries, keys, sizes }: Rectangle): Value {
  const period = g.op.add(queries, keys);
  const before = g.op.sub(queries, 1);
  // Of the first query; then a place nobody reads; then of the keys that stand before those of the first query.
  const turned = g.op.concat([columns(g, biases, before), columns(g, biases, 0, 1), columns(g, biases, 0, before)], 1);
  const H = g.op.shape(biases, { end: 1 });
  const repeated = g.op.expand(g.op.unsqueeze(turned, [1]), sizesOf(g, H, queries, period));
  const flat = g.op.reshape(repeated, sizesOf(g, H, -1));
  const width = g.op.sub(period, 1);
  const skewed = g.op.reshape(columns(g, flat, 0, g.op.mul(queries, width)), sizesOf(g, H, queries, width));
  const limits = [g.constant('int64', [0]), g.op.reshape(keys, [1]), g.constant('int64', [2])];
  const outputs = [{ type: biases.type, shape: [biases.shape[0]!, ...sizes] }];
  return g.node('Slice', [skewed, ...limits], { outputs })[0]!;
}

/** The sums along the diagonals of (H, S, T): (H, S + T - 1), as {@link alongDiagonals} takes them. */
export function diagonalSums(g: GraphBuilder, square: Value, { queries, keys }: Omit<Rectangle, 'sizes'>): Value {
  const H = g.op.shape(square, { end: 1 });
  const [period, before] = [g.op.add(queries, keys), g.op.sub(queries, 1)];
  const zeros = (...sizes: readonly (Value | number)[]): Value => g.op.constantOfShape(sizesOf(g, H, ...sizes));
  const skewed = g.op.concat([square, zeros(queries, before)], 2);
  const flat = g.op.concat([g.op.reshape(skewed, sizesOf(g, H, -1)), zeros(queries)], 1);
  const turned = g.op.reduceSum(g.op.reshape(flat, sizesOf(g, H, queries, period)), [1], { keepDims: false });
  return g.op.concat([columns(g, turned, g.op.add(keys, 1)), columns(g, turned, 0, keys)], 1);
}

/** What is added to the scores of T tokens that look at each other: (1, H, T, T). @param like (B, T) */
export function squareBias(g: GraphBuilder, table: Value, spec: BucketSpec, like: Value): Value {
  const T = sizeOf(g, like, 1);
  const sizes = [like.shape[1]!, like.shape[1]!] as const;
  return g.op.unsqueeze(alongDiagonals(g, distanceBiases(g, table, spec, like), { queries: T, keys: T, sizes }), [0]);
}

/**
 * What is added to the scores of S tokens behind `past` others (int64 scalar), which look at those and not ahead:
 * (1, H, S, past + S). @param like (B, S)
 */
export function behindPastBias(g: GraphBuilder, table: Value, spec: BucketSpec, like: Value, past: Value): Value {
  const S = sizeOf(g, like, 1);
  const keys = g.op.add(past, S);
  const distances = g.op.range(g.op.sub(1, keys), S, 1);
  const biases = g.op.transpose(biasRows(g, table, spec, distances), [1, 0]);
  const sizes = [like.shape[1]!, g.freshDimension()] as const;
  const square = alongDiagonals(g, biases, { queries: S, keys, sizes });
  const places = g.op.unsqueeze(g.op.range(past, keys, 1), [1]);
  const before = g.op.lessOrEqual(g.op.range(0, keys, 1), places);
  return g.op.unsqueeze(g.op.where(before, square, g.constant('float32', MASKED_SCORE)), [0]);
}

/** Columns [start, end) of (H, N). */
function columns(
  g: GraphBuilder,
  x: Value,
  start: Value | number,
  end: Value | number = Number.MAX_SAFE_INTEGER,
): Value {
  return g.op.slice(x, { starts: sizesOf(g, start), ends: sizesOf(g, end), axes: [1] });
}

/** int64 (N) of scalars, lists and numbers. */
function sizesOf(g: GraphBuilder, ...sizes: readonly (Value | number)[]): Value {
  const list = (size: Value | number): Value =>
    typeof size === 'number' ? g.constant('int64', [size]) : g.op.reshape(size, [-1]);
  return sizes.length === 1 ? list(sizes[0]!) : g.op.concat(sizes.map(list), 0);
}

/** What is added to the scores of one token at place `turn` (int64 scalar) that looks at all up to itself: (1, H, 1, turn + 1). */
export function lastRowBias(g: GraphBuilder, table: Value, spec: BucketSpec, turn: Value): Value {
  const distances = g.op.range(g.op.neg(turn), g.constant('int64', 1), g.constant('int64', 1));
  return g.op.unsqueeze(g.op.transpose(biasRows(g, table, spec, distances), [1, 0]), [0, 2]);
}
