import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { sizeOf } from '../graph/attention.js';

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
 * What is added to the scores of T tokens that look at each other: (1, H, T, T). Each of the 2T - 1 distances is looked up
 * once and laid out along the diagonals by reading a row of 2T biases again and again, 2T - 1 numbers at a time: a
 * look-up of all T² pairs would cost a scatter of T²·H numbers on the way back.
 * @param like (B, T)
 */
export function squareBias(g: GraphBuilder, table: Value, spec: BucketSpec, like: Value): Value {
  const T = sizeOf(g, like, 1);
  const twice = g.op.mul(T, 2);
  const places = g.op.range(0, twice, 1);
  // 0 … T - 1, then a place nobody reads, then -(T - 1) … -1.
  const distances = g.op.where(g.op.less(places, T), places, g.op.sub(places, twice));
  const row = g.op.transpose(biasRows(g, table, spec, distances), [1, 0]); // (H, 2T)
  const numbers = (...sizes: readonly Value[]): Value =>
    g.op.concat(
      sizes.map((size) => g.op.reshape(size, [1])),
      0,
    );
  const H = g.op.shape(row, { end: 1 });
  const repeated = g.op.expand(g.op.unsqueeze(row, [1]), numbers(H, T, twice));
  const flat = g.op.reshape(repeated, g.op.concat([H, g.constant('int64', [-1])], 0));
  const width = g.op.sub(twice, 1);
  const read = g.op.slice(flat, { starts: g.constant('int64', [0]), ends: numbers(g.op.mul(T, width)), axes: [1] });
  const skewed = g.op.reshape(read, numbers(H, T, width));
  const square = g.op.slice(skewed, { starts: g.constant('int64', [0]), ends: numbers(T), axes: [2] });
  return g.op.unsqueeze(square, [0]);
}

/** What is added to the scores of one token at place `turn` (int64 scalar) that looks at all up to itself: (1, H, 1, turn + 1). */
export function lastRowBias(g: GraphBuilder, table: Value, spec: BucketSpec, turn: Value): Value {
  const distances = g.op.range(g.op.neg(turn), g.constant('int64', 1), g.constant('int64', 1));
  return g.op.unsqueeze(g.op.transpose(biasRows(g, table, spec, distances), [1, 0]), [0, 2]);
}
