import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { keyWidth } from '../graph/alibi.js';
import { MASKED_SCORE } from '../graph/attention.js';
import type { ModelConfig } from '../model-config.js';

/** Keys and values of N positions, in one of several orders of axes. */
export interface KeyValues {
  readonly keys: Value;
  readonly values: Value;
}

/** A stretch of N positions to look at: values (B, H_kv, N, D). */
export interface Region extends KeyValues {
  /** True for keys (B, H_kv, N, D); false for (B, H_kv, D, N), which pays where they are read more than once. */
  readonly swapKeys: boolean;
  /** Added to the scores: broadcasts to (B, H, S, N). All positions are seen when left out. */
  readonly mask?: Value;
  /** N, int64 (1). */
  readonly size: Value;
}

/** Keys and values in the order of the cache, (B, N, H_kv, D), for attention. */
export function cacheRegion(g: GraphBuilder, { keys, values }: KeyValues): KeyValues & { readonly swapKeys: false } {
  return {
    keys: g.op.transpose(keys, [0, 2, 3, 1]),
    values: g.op.transpose(values, [0, 2, 1, 3]),
    swapKeys: false,
  };
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
  const rows = g.op.reshape(g.op.mul(query, 1 / Math.sqrt(headWidth)), [0, keyValueHeads, -1, keyWidth(config)]);
  const grouped = g.op.shape(rows, { end: 3 });
  const scores = regions.map(({ keys, swapKeys, mask, size }) => {
    const products = swapKeys ? g.op.fusedMatMul(rows, keys, { transB: true }) : g.op.matMul(rows, keys);
    const byHead = g.op.reshape(products, widthOf(size));
    return mask === undefined ? byHead : g.op.add(byHead, mask);
  });
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
