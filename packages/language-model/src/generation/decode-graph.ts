import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { type AttentionInputs, type DecoderModel, decoderStack, outputLogits } from './decoder-stack.js';

/** So low that the probability is exactly 0, and finite: a row of nothing else gives no NaN. */
const MASKED = -1e30;

/** One layer's keys and values as attention reads them. */
interface KeyValues {
  /** (B, K, D/H, …) */
  readonly keys: Value;
  /** (B, K, …, D/H) */
  readonly values: Value;
}

/** A stretch of positions to look at: what is added to its scores, broadcast to (B, K, G, S, …). */
interface Region extends KeyValues {
  readonly bias: Value;
}

interface DecodeInputs {
  readonly extIds: Value;
  readonly extLengths: Value;
  readonly extRows: Value;
  readonly extIndex: Value;
  readonly lengths: Value;
  readonly cached: Value;
  readonly cacheIndex: Value;
  readonly pending: Value;
  readonly budget: Value;
  readonly stopIds: Value;
  readonly steps: Value;
}

/** Names of the cache tensors of a layer; the outputs become the inputs of the next run. */
export const cacheNames = (layer: number) =>
  ({
    keyInput: `cache_key.${layer}`,
    valueInput: `cache_value.${layer}`,
    keyOutput: `new_key.${layer}`,
    valueOutput: `new_value.${layer}`,
  }) as const;

/**
 * Adds one decoding run to `g`: E rows read up to S new prompt tokens each, then all B rows write up to C tokens in a
 * Loop that ends when every row has finished. `decode-batch.ts` says what the inputs hold.
 *
 * Each row sees three regions: its cache P (fixed during the run, outside of the Loop, so never copied per token), the
 * tokens S it read in this run, and a tail C that the Loop carries. They are multiplied one by one and their order in
 * the softmax is C, P, S, so that a row's sums do not shift with the size of its neighbours.
 */
export function buildDecodeGraph(g: GraphBuilder, model: DecoderModel): void {
  const { config } = model;
  const inputs: DecodeInputs = {
    extIds: g.input('ext_ids', 'int32', ['E', 'S']),
    extLengths: g.input('ext_lengths', 'int32', ['E']),
    extRows: g.input('ext_rows', 'int32', ['E']),
    extIndex: g.input('ext_index', 'int32', ['B']),
    lengths: g.input('lengths', 'int32', ['B']),
    cached: g.input('cached', 'int32', ['B']),
    cacheIndex: g.input('cache_index', 'int32', ['B', 'P']),
    pending: g.input('pending', 'int32', ['B']),
    budget: g.input('budget', 'int32', ['B']),
    stopIds: g.input('stop_ids', 'int32', ['Stops']),
    steps: g.input('steps', 'int64', []),
  };
  const caches = Array.from({ length: config.layers }, (_, layer) => gatherCache(g, model, layer, inputs.cacheIndex));
  const extension = extend(g, model, inputs, caches);
  const loop = decodeLoop(g, model, inputs, caches, extension);
  g.output('first_tokens', extension.tokens);
  g.output('first_health', extension.health);
  g.output('next_tokens', loop.tokens);
  g.output('next_health', loop.health);
  for (const [layer, { rawKeys, rawValues }] of caches.entries()) {
    const { keyOutput, valueOutput } = cacheNames(layer);
    const { keys, values } = extension.kept[layer]!;
    const tail = loop.tails[layer]!;
    g.output(keyOutput, g.op.concat([rawKeys, keys, g.op.transpose(tail.keys, [0, 3, 1, 2])], 1));
    g.output(valueOutput, g.op.concat([rawValues, values, g.op.transpose(tail.values, [0, 2, 1, 3])], 1));
  }
}

interface GatheredCache extends KeyValues {
  /** (B, P, K, D/H), as the cache is kept. */
  readonly rawKeys: Value;
  readonly rawValues: Value;
}

/** Picks each row's positions from the last run's cache (rows, positions, K, D/H): drops, moves and packs rows at once. */
function gatherCache(g: GraphBuilder, { config }: DecoderModel, layer: number, index: Value): GatheredCache {
  const { keyInput, valueInput } = cacheNames(layer);
  const pick = (name: string): Value => {
    const stored = g.input(name, 'float32', [`Rows${layer}`, `Width${layer}`, config.keyValueHeads, config.headWidth]);
    return g.op.gather(g.op.reshape(stored, [-1, config.keyValueHeads, config.headWidth]), index);
  };
  const [rawKeys, rawValues] = [pick(keyInput), pick(valueInput)];
  return { rawKeys, rawValues, ...forAttention(g, rawKeys, rawValues) };
}

/** (B, S, K, D/H) → keys (B, K, D/H, S), values (B, K, S, D/H). */
function forAttention(g: GraphBuilder, keys: Value, values: Value): KeyValues {
  return { keys: g.op.transpose(keys, [0, 2, 3, 1]), values: g.op.transpose(values, [0, 2, 1, 3]) };
}

/** 0 where `visible`, else {@link MASKED}; with three axes in the middle for heads, groups and queries. */
function visibility(g: GraphBuilder, visible: Value): Value {
  return g.op.where(visible, g.op.constant('float32', 0), g.op.constant('float32', MASKED));
}

/** 0, 1, … along the last axis of `x`, int32. */
function countAxis(g: GraphBuilder, x: Value, axis: number): Value {
  const size = g.op.squeeze(g.op.shape(x, { start: axis, end: axis + 1 }), [0]);
  return g.op.cast(g.op.range(g.op.constant('int64', 0), size), 'int32');
}

interface Extension {
  /** Token each row starts the Loop with (B): written just now, or pending from the last run. */
  readonly tokens: Value;
  readonly health: Value;
  /** New keys and values of each layer in cache order, (B, S, K, D/H). */
  readonly kept: readonly KeyValues[];
  /** The same as regions of the Loop. */
  readonly regions: readonly Region[];
}

/** E rows read their new tokens, seeing their cache and each other's predecessors. */
function extend(
  g: GraphBuilder,
  model: DecoderModel,
  inputs: DecodeInputs,
  caches: readonly GatheredCache[],
): Extension {
  const { extIds, extLengths, extRows, extIndex, lengths, cached, cacheIndex, pending } = inputs;
  const extCached = g.op.unsqueeze(g.op.gather(cached, extRows), [1]); // (E, 1)
  const order = g.op.unsqueeze(countAxis(g, extIds, 1), [0]); // (1, S)
  const cacheOrder = g.op.unsqueeze(countAxis(g, cacheIndex, 1), [0]); // (1, P)
  const cacheBias = g.op.unsqueeze(visibility(g, g.op.less(cacheOrder, extCached)), [1, 2, 3]);
  const causal = g.op.lessOrEqual(order, g.op.transpose(order, [1, 0])); // (S, S): query, key
  const causalBias = g.op.unsqueeze(visibility(g, causal), [0, 1, 2]);
  const read: AttentionInputs[] = [];
  // Padding behind a row's tokens reads past its last position: clamped, its result is never looked at.
  const positions = g.op.min(g.op.add(extCached, order), model.config.maxPositions - 1);
  const states = decoderStack(g, model, { tokens: extIds, positions }, (layer, attention) => {
    read.push(attention);
    const cache = caches[layer]!;
    const own = forAttention(g, attention.key, attention.value);
    return attendRegions(g, model, attention.query, [
      { keys: g.op.gather(cache.keys, extRows), values: g.op.gather(cache.values, extRows), bias: cacheBias },
      { ...own, bias: causalBias },
    ]);
  });
  const last = lastStates(g, model, states, extIds, extLengths); // (E, D)
  const written = argMax(g, outputLogits(g, model, last));
  const isFresh = g.op.greater(lengths, 0);
  const ownOrder = g.op.unsqueeze(order, []);
  const bias = g.op.unsqueeze(visibility(g, g.op.less(ownOrder, g.op.unsqueeze(lengths, [1]))), [1, 2, 3]);
  const kept = read.map(({ key, value }) => ({
    keys: g.op.gather(key, extIndex),
    values: g.op.gather(value, extIndex),
  }));
  return {
    tokens: g.op.where(isFresh, g.op.gather(written, extIndex), pending),
    health: g.op.gather(health(g, last), extIndex),
    kept,
    regions: kept.map(({ keys, values }) => ({ ...forAttention(g, keys, values), bias })),
  };
}

/** The state of each row's last token, (E, D), from all of them (E·S, D). */
function lastStates(g: GraphBuilder, { config }: DecoderModel, states: Value, extIds: Value, lengths: Value): Value {
  const width = g.op.cast(g.op.squeeze(g.op.shape(extIds, { start: 1, end: 2 }), [0]), 'int32');
  const starts = g.op.mul(countAxis(g, extIds, 0), width);
  const last = g.op.sub(g.op.add(starts, lengths), 1);
  return g.op.reshape(g.op.gather(states, last), [-1, config.width]);
}

interface LoopOutputs {
  readonly tokens: Value;
  readonly health: Value;
  readonly tails: readonly KeyValues[];
}

function decodeLoop(
  g: GraphBuilder,
  model: DecoderModel,
  inputs: DecodeInputs,
  caches: readonly GatheredCache[],
  extension: Extension,
): LoopOutputs {
  const { cacheIndex, cached, lengths, budget, stopIds, steps } = inputs;
  const isFresh = g.op.greater(lengths, 0);
  const remaining = g.op.sub(budget, g.op.cast(isFresh, 'int32'));
  const stoppedAtOnce = g.op.and(isFresh, isStop(g, extension.tokens, stopIds));
  const finished = g.op.or(g.op.lessOrEqual(remaining, 0), stoppedAtOnce);
  const cacheOrder = g.op.unsqueeze(countAxis(g, cacheIndex, 1), [0]);
  const cacheVisible = g.op.less(cacheOrder, g.op.unsqueeze(cached, [1]));
  const cacheBias = g.op.unsqueeze(visibility(g, cacheVisible), [1, 2, 3]);
  const start = g.op.add(cached, lengths);
  const tailOrder = g.op.range(g.op.constant('int64', 0), steps);
  const tails = emptyTails(g, model, budget, steps);

  const { state, scan } = g.op.loop({
    tripCount: steps,
    condition: someUnfinished(g, finished),
    state: [extension.tokens, finished, ...tails],
    body: (b, turn, [tokens, done, ...before]) => {
      const after: Value[] = [];
      const now = b.op.equal(tailOrder, turn);
      const tailBias = visibility(b, b.op.lessOrEqual(tailOrder, turn));
      const turn32 = b.op.cast(turn, 'int32');
      const positions = b.op.min(b.op.add(start, turn32), model.config.maxPositions - 1);
      const step = { tokens: b.op.unsqueeze(tokens!, [1]), positions: b.op.unsqueeze(positions, [1]) };
      const states = decoderStack(b, model, step, (layer, attention) => {
        const own = forAttention(b, attention.key, attention.value);
        const keys = b.op.where(now, own.keys, before[2 * layer]!);
        const values = b.op.where(b.op.unsqueeze(now, [1]), own.values, before[2 * layer + 1]!);
        after.push(keys, values);
        return attendRegions(b, model, attention.query, [
          { keys, values, bias: tailBias },
          { ...caches[layer]!, bias: cacheBias },
          extension.regions[layer]!,
        ]);
      });
      const next = argMax(b, outputLogits(b, model, states));
      const spent = b.op.greaterOrEqual(b.op.add(turn32, 1), remaining);
      const finishedNow = b.op.or(b.op.or(done!, spent), isStop(b, next, stopIds));
      return {
        state: [next, finishedNow, ...after],
        scan: [next, health(b, states)],
        condition: someUnfinished(b, finishedNow),
      };
    },
  });
  const ends = state.slice(2);
  return {
    tokens: scan[0],
    health: scan[1],
    tails: caches.map((_, layer) => ({ keys: ends[2 * layer]!, values: ends[2 * layer + 1]! })),
  };
}

/** Keys (B, K, D/H, C) and values (B, K, C, D/H) of each layer, all zero. */
function emptyTails(g: GraphBuilder, { config }: DecoderModel, perRow: Value, steps: Value): readonly Value[] {
  const rows = g.op.shape(perRow);
  const length = g.op.unsqueeze(steps, [0]);
  const [heads, width] = [config.keyValueHeads, config.headWidth].map((size) => g.op.constant('int64', [size]));
  const keys = g.op.constantOfShape(g.op.concat([rows, heads!, width!, length], 0));
  const values = g.op.constantOfShape(g.op.concat([rows, heads!, length, width!], 0));
  return Array.from({ length: config.layers }, () => [keys, values]).flat();
}

/** One softmax over all regions in the order given, then the sum of each region's product. Query: (B, S, K, G, D/H). */
function attendRegions(g: GraphBuilder, { config }: DecoderModel, query: Value, regions: readonly Region[]): Value {
  const { keyValueHeads: K, heads, headWidth } = config;
  const G = heads / K;
  const scaled = g.op.mul(query, 1 / Math.sqrt(headWidth));
  const byHead = g.op.transpose(scaled, [0, 2, 3, 1, 4]); // (B, K, G, S, D/H)
  const rows = g.op.reshape(byHead, [0, K, -1, headWidth]); // (B, K, G·S, D/H)
  const prefix = g.op.shape(byHead, { start: 0, end: 4 }); // B, K, G, S
  const open = g.op.concat([prefix, g.op.constant('int64', [-1])], 0);
  const scores = regions.map(({ keys, bias }) => g.op.add(g.op.reshape(g.op.matMul(rows, keys), open), bias));
  const probabilities = g.op.softmax(g.op.concat(scores, 4));
  let start = g.op.constant('int64', [0]);
  let mixed: Value | undefined;
  for (const [i, { values }] of regions.entries()) {
    const end = g.op.add(start, g.op.shape(scores[i]!, { start: 4, end: 5 }));
    const part = g.op.slice(probabilities, { starts: start, ends: end, axes: [4] });
    const flat = g.op.reshape(part, g.op.concat([g.op.constant('int64', [0, K, -1]), g.op.shape(part, { start: 4, end: 5 })], 0));
    const product = g.op.matMul(flat, values); // (B, K, G·S, D/H)
    mixed = mixed === undefined ? product : g.op.add(mixed, product);
    start = end;
  }
  const split = g.op.reshape(mixed!, g.op.concat([prefix, g.op.constant('int64', [headWidth])], 0));
  void G;
  return g.op.transpose(split, [0, 3, 1, 2, 4]); // (B, S, K, G, D/H)
}

/** The lowest id among the largest logits of each row, int32. */
function argMax(g: GraphBuilder, logits: Value): Value {
  return g.op.cast(g.op.argMax(logits, 1, { keepDims: false }), 'int32');
}

/** Sum of each row's state: finite exactly when nothing in it is infinite or not a number (short of overflow). */
function health(g: GraphBuilder, states: Value): Value {
  return g.op.reduceSum(states, [1], { keepDims: false });
}

/** Whether each token (B) is one of the stop tokens. */
function isStop(g: GraphBuilder, tokens: Value, stopIds: Value): Value {
  const hits = g.op.cast(g.op.equal(g.op.unsqueeze(tokens, [1]), g.op.unsqueeze(stopIds, [0])), 'int32');
  return g.op.greater(g.op.reduceMax(hits, [1], { keepDims: false }), 0);
}

function someUnfinished(g: GraphBuilder, finished: Value): Value {
  return g.op.greater(g.op.reduceMax(g.op.cast(g.op.not(finished), 'int32'), [0], { keepDims: false }), 0);
}
