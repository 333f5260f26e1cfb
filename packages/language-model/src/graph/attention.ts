import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { ModelConfig } from '../model-config.js';

/** Queries, keys and values of one layer, heads first, positions already applied. */
export interface AttentionInputs {
  readonly layer: number;
  /** (B, H, S, D) */
  readonly query: Value;
  /** (B, H_kv, S, D) */
  readonly key: Value;
  /** (B, H_kv, S, D) */
  readonly value: Value;
}

/** How a graph attends: training looks at the row itself, decoding at a cache. Gives (B, H, S, D). */
export type Attend = (g: GraphBuilder, inputs: AttentionInputs) => Value;

/** What is added to a score that must not count: its exponential is 0 in float32, and it survives further additions. */
export const MASKED_SCORE = -1e9;

/** What scores are multiplied with. */
export function attentionScale({ headWidth }: ModelConfig): number {
  return 1 / Math.sqrt(headWidth);
}

/**
 * Scores of queries (B, H, S, D) against keys (B, H_kv, T, D), scaled: (B, H, S, T). Grouped heads share a key without
 * a copy of it: the H / H_kv queries of one key are laid end to end.
 */
export function attentionScores(g: GraphBuilder, config: ModelConfig, query: Value, key: Value): Value {
  const alpha = attentionScale(config);
  const grouped = group(g, config, query);
  const scores = g.microsoft
    ? g.op.fusedMatMul(grouped, key, { transB: true, alpha })
    : g.op.matMul(g.op.mul(grouped, alpha), g.op.transpose(key, [0, 1, 3, 2]));
  return ungroup(g, config, query, scores);
}

/** Weighted values: weights (B, H, S, T), value (B, H_kv, T, D) → (B, H, S, D). */
export function attentionValues(g: GraphBuilder, config: ModelConfig, weights: Value, value: Value): Value {
  return ungroup(g, config, weights, g.op.matMul(group(g, config, weights), value));
}

/** softmax(Q·Kᵀ / √D + mask)·V. The mask broadcasts to (B, H, S, T). @see Vaswani et al. 2017, arXiv:1706.03762 */
export function attention(
  g: GraphBuilder,
  config: ModelConfig,
  { query, key, value }: Omit<AttentionInputs, 'layer'>,
  mask: Value,
): Value {
  const scores = g.op.add(attentionScores(g, config, query, key), mask);
  return attentionValues(g, config, g.op.softmax(scores), value);
}

/** (B, H, S, F) → (B, H_kv, H / H_kv · S, F): the same memory. */
function group(g: GraphBuilder, { heads, keyValueHeads }: ModelConfig, x: Value): Value {
  if (heads === keyValueHeads) return x;
  const length = x.shape[2];
  const width = x.shape[3];
  const grouped = typeof length === 'number' ? (heads / keyValueHeads) * length : -1;
  if (typeof width === 'number') return g.op.reshape(x, [0, keyValueHeads, grouped, width]);
  // Two unknown sizes: the last is named, the grouped one is what is left.
  const shape = [g.op.shape(x, { end: 1 }), g.constant('int64', [keyValueHeads, -1]), g.op.shape(x, { start: 3 })];
  return g.op.reshape(x, g.op.concat(shape, 0));
}

/** Undoes {@link group} for a product whose rows are those of `like` (B, H, S, …). */
function ungroup(g: GraphBuilder, { heads, keyValueHeads }: ModelConfig, like: Value, x: Value): Value {
  if (heads === keyValueHeads) return x;
  const shape = [
    g.op.shape(like, { end: 1 }),
    g.constant('int64', [heads]),
    g.op.shape(like, { start: 2, end: 3 }),
    g.op.shape(x, { start: 3 }),
  ];
  return g.op.reshape(x, g.op.concat(shape, 0));
}

/**
 * The additive mask of rows that are complete: a token sees itself and what stands before it, as far back as the window
 * reaches, and only tokens of its own segment where rows are packed. (T, T), or (B, 1, T, T) with segments. Right padding
 * needs no mask: nothing real stands after it.
 * @param like (B, T)
 * @param segments (B, T) integers; tokens with different numbers do not see each other
 * @param window how many tokens each sees, itself and those before it; all when left out
 */
export function causalMask(g: GraphBuilder, like: Value, segments?: Value, window?: number): Value {
  const places = g.op.range(0, sizeOf(g, like, 1), 1);
  const queries = g.op.unsqueeze(places, [1]);
  const before = withinWindow(g, places, queries, window, g.op.lessOrEqual(places, queries));
  const allowed = segments
    ? g.op.and(before, g.op.equal(g.op.unsqueeze(segments, [1, 2]), g.op.unsqueeze(segments, [1, 3])))
    : before;
  return g.op.where(allowed, g.constant('float32', 0), g.constant('float32', MASKED_SCORE));
}

/** Takes from what is allowed those keys that stand too far before their queries. Positions broadcast. */
export function withinWindow(
  g: GraphBuilder,
  keys: Value,
  queries: Value,
  window: number | undefined,
  allowed: Value,
): Value {
  return window === undefined ? allowed : g.op.and(allowed, g.op.greater(keys, g.op.sub(queries, window)));
}

/** How many tokens a layer sees; undefined for all. */
function windowOf({ windows }: ModelConfig, layer: number): number | undefined {
  return windows?.[layer] ?? undefined;
}

/** Makes something once for each window that layers look through, and finds a layer's. */
export function byWindow<T>(config: ModelConfig, make: (window: number | undefined) => T): (layer: number) => T {
  const windows = Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer));
  const made = new Map([...new Set(windows)].map((window) => [window, make(window)]));
  return (layer) => made.get(windows[layer])!;
}

/** Attends in each layer through its own window. */
export function attendByWindow(config: ModelConfig, make: (window: number | undefined) => Attend): Attend {
  const attends = byWindow(config, make);
  return (g, inputs) => attends(inputs.layer)(g, inputs);
}

/** Size of an axis as an int64 scalar. */
export function sizeOf(g: GraphBuilder, x: Value, axis: number): Value {
  return g.op.reshape(g.op.shape(x, { start: axis, end: axis + 1 }), []);
}
