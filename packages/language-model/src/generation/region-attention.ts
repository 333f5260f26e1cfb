import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { MASKED_SCORE } from '../graph/attention.js';
import type { ModelConfig } from '../model-config.js';

/** Keys and values as attention reads them: (B, H_kv, D, N) and (B, H_kv, N, D). */
export interface KeyValues {
  readonly keys: Value;
  readonly values: Value;
}

/** A stretch of N positions to look at. */
export interface Region extends KeyValues {
  /** Added to the scores: broadcasts to (B, H, S, N). */
  readonly mask: Value;
  /** N, int64 (1). */
  readonly size: Value;
}

/** Two (B, N, H_kv, D) or (B, H_kv, N, D) tensors, by the order of their axes, for attention. */
export function keyValues(g: GraphBuilder, keys: Value, values: Value, order: 'cache' | 'heads'): KeyValues {
  return order === 'cache'
    ? { keys: g.op.transpose(keys, [0, 2, 3, 1]), values: g.op.transpose(values, [0, 2, 1, 3]) }
    : { keys: g.op.transpose(keys, [0, 1, 3, 2]), values };
}

/** 0 where something may be seen, {@link MASKED_SCORE} elsewhere. */
export function visibility(g: GraphBuilder, visible: Value): Value {
  return g.op.where(visible, g.constant('float32', 0), g.constant('float32', MASKED_SCORE));
}

/**
 * softmax(Q·Kᵀ / √D + mask)·V over several regions that stay where they are: one softmax over the scores of all, in the
 * order given, then one product per region. Query (B, H, S, D) → (B, H, S, D).
 */
export function attendRegions(g: GraphBuilder, config: ModelConfig, query: Value, regions: readonly Region[]): Value {
  const { keyValueHeads, headWidth } = config;
  const outer = g.op.shape(query, { end: 3 }); // B, H, S
  const widthOf = (size: Value): Value => g.op.concat([outer, size], 0);
  // The heads that share a key lie side by side, so laying them end to end costs nothing.
  const rows = g.op.reshape(g.op.mul(query, 1 / Math.sqrt(headWidth)), [0, keyValueHeads, -1, headWidth]);
  const grouped = g.op.shape(rows, { end: 3 });
  const scores = regions.map(({ keys, mask, size }) =>
    g.op.add(g.op.reshape(g.op.matMul(rows, keys), widthOf(size)), mask),
  );
  const weights = g.op.softmax(g.op.concat(scores, 3));
  let start = g.constant('int64', [0]);
  const products = regions.map(({ values, size }) => {
    const end = g.op.add(start, size);
    const part = g.op.slice(weights, { starts: start, ends: end, axes: [3] });
    start = end;
    return g.op.matMul(g.op.reshape(part, g.op.concat([grouped, size], 0)), values);
  });
  const mixed = products.reduce((sum, product) => g.op.add(sum, product));
  return g.op.reshape(mixed, widthOf(g.constant('int64', [headWidth])));
}
