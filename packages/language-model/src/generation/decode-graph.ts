import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { keyWidth } from '../graph/alibi.js';
import { byWindow, sizeOf, withinWindow } from '../graph/attention.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { attendRegions, cacheRegion, type KeyValues, type Region, visibility } from './region-attention.js';
import { anglesAt, type RotaryTable, rotaryTable } from './rotary-table.js';

/** What a run is fed, besides the cache; `DecodeBatch` says what it means. */
interface DecodeInputs {
  readonly readIds: Value;
  readonly readLengths: Value;
  readonly readRows: Value;
  readonly readIndex: Value;
  readonly readCache: Value;
  readonly readReach: Value;
  readonly lengths: Value;
  readonly cached: Value;
  readonly cacheIndex: Value;
  readonly pending: Value;
  readonly budget: Value;
  readonly stopIds: Value;
  readonly steps: Value;
}

/** A model under construction, and what every part of the graph looks at. */
interface Scope {
  readonly config: ModelConfig;
  readonly parts: ModelParts;
  readonly inputs: DecodeInputs;
  /** Per layer, as it was kept: (B, P, H_kv, D). */
  readonly caches: readonly KeyValues[];
  readonly rotary: RotaryTable | undefined;
}

/** Names of the cache tensors of a layer; each output becomes the input of the next run. */
export function cacheNames(layer: number): Readonly<Record<'keyIn' | 'valueIn' | 'keyOut' | 'valueOut', string>> {
  return {
    keyIn: `cache_key.${layer}`,
    valueIn: `cache_value.${layer}`,
    keyOut: `next_cache_key.${layer}`,
    valueOut: `next_cache_value.${layer}`,
  };
}

/**
 * Adds one decoding run to `g`: E rows read up to S new prompt tokens each, then all B rows write up to C tokens in a
 * Loop that ends as soon as every row has finished.
 *
 * A row looks at three regions: its cache P (fixed during the run and outside of the Loop, so never copied per token),
 * the S tokens it read in this run, and a tail that the Loop carries, one position longer each turn. They are multiplied
 * apart, and ordered tail, P, S in the softmax, so that a row's sums do not shift with the sizes of its neighbours.
 */
export function buildDecodeGraph(g: GraphBuilder, config: ModelConfig, parts: ModelParts): void {
  const inputs: DecodeInputs = {
    readIds: g.input('read_ids', 'int32', ['E', 'S']),
    readLengths: g.input('read_lengths', 'int32', ['E']),
    readRows: g.input('read_rows', 'int32', ['E']),
    readIndex: g.input('read_index', 'int32', ['B']),
    readCache: g.input('read_cache', 'int64', [1]),
    readReach: g.input('read_reach', 'int32', ['E']),
    lengths: g.input('lengths', 'int32', ['B']),
    cached: g.input('cached', 'int32', ['B']),
    cacheIndex: g.input('cache_index', 'int32', ['B', 'P']),
    pending: g.input('pending', 'int32', ['B']),
    budget: g.input('budget', 'int32', ['B']),
    stopIds: g.input('stop_ids', 'int32', ['Stops']),
    steps: g.input('steps', 'int64', []),
  };
  const caches = Array.from({ length: config.layers }, (_, layer) => pickCache(g, config, layer, inputs.cacheIndex));
  const scope: Scope = { config, parts, inputs, caches, rotary: rotaryTable(g, config) };
  const reading = readTokens(g, scope);
  const writing = writeTokens(g, scope, reading);
  g.output('first_tokens', g.op.identity(reading.tokens));
  g.output('first_health', g.op.identity(reading.health));
  g.output('next_tokens', writing.tokens);
  g.output('next_health', writing.health);
  for (const [layer, cache] of caches.entries()) {
    const { keyOut, valueOut } = cacheNames(layer);
    const read = reading.kept[layer]!;
    const tail = writing.tails[layer]!;
    const join = (...parts: readonly [Value, Value, Value]): Value =>
      g.op.concat([parts[0], parts[1], g.op.transpose(parts[2], [0, 2, 1, 3])], 1);
    g.output(keyOut, join(cache.keys, read.keys, tail.keys));
    g.output(valueOut, join(cache.values, read.values, tail.values));
  }
}

/** Takes each row's positions out of the last run's cache, which drops, moves and packs rows in one step. */
function pickCache(g: GraphBuilder, config: ModelConfig, layer: number, index: Value): KeyValues {
  const { keyIn, valueIn } = cacheNames(layer);
  const pick = (name: string, width: number): Value => {
    const tail = [config.keyValueHeads, width];
    return g.op.gather(g.op.reshape(g.input(name, 'float32', ['Rows', 'Width', ...tail]), [-1, ...tail]), index);
  };
  return { keys: pick(keyIn, keyWidth(config)), values: pick(valueIn, config.headWidth) };
}

/** 0, 1, … for an axis of `x`: int32. */
function places(g: GraphBuilder, x: Value, axis: number): Value {
  return g.op.cast(g.op.range(0, sizeOf(g, x, axis), 1), 'int32');
}

/**
 * Mask of the places (N) before each row's `count` (B): (B, 1, 1, N), or (B, 1, S, N) for queries (B, S) that look at
 * them through a window. The keys of a row stand `offset` (B) behind their places.
 */
function maskAfter(
  g: GraphBuilder,
  places: Value,
  count: Value,
  through?: { readonly window: number; readonly queries: Value; readonly offset?: Value },
): Value {
  const filled = g.op.unsqueeze(g.op.less(places, g.op.unsqueeze(count, [1])), [1]); // (B, 1, N)
  const { offset } = through ?? {};
  const keys = offset ? g.op.unsqueeze(g.op.add(g.op.unsqueeze(offset, [1]), places), [1]) : places;
  const queries = through ? g.op.unsqueeze(through.queries, [2]) : places;
  return g.op.unsqueeze(seen(g, keys, queries, through?.window, filled), [1]);
}

/** Additive mask of what is allowed and stands within the window. */
function seen(g: GraphBuilder, keys: Value, queries: Value, window: number | undefined, allowed: Value): Value {
  return visibility(g, withinWindow(g, keys, queries, window, allowed));
}

/** The first `width` positions of (B, N, …). */
function shorten(g: GraphBuilder, x: Value, width: Value): Value {
  return g.op.slice(x, { starts: g.constant('int64', [0]), ends: width, axes: [1] });
}

const sizeOfAxis = (g: GraphBuilder, x: Value, axis: number): Value => g.op.shape(x, { start: axis, end: axis + 1 });

interface Reading {
  /** The token each row starts the Loop with, (B): written just now, or pending from the last run. */
  readonly tokens: Value;
  readonly health: Value;
  /** New keys and values per layer in the order of the cache: (B, S, H_kv, D). */
  readonly kept: readonly KeyValues[];
}

/** E rows read their new tokens, seeing their cache and what stands before. */
function readTokens(g: GraphBuilder, { config, parts, inputs, caches, rotary }: Scope): Reading {
  const { readIds, readLengths, readRows, readIndex, readCache, readReach, lengths, cached, pending } = inputs;
  const cachedHere = g.op.gather(cached, readRows);
  const order = places(g, readIds, 1);
  const cachePlaces = g.op.cast(g.op.range(0, g.op.reshape(readCache, []), 1), 'int32');
  const standing = g.op.add(g.op.unsqueeze(cachedHere, [1]), order); // (E, S)
  const masks = byWindow(config, (window) => ({
    // (S, S): query, key
    causal: seen(g, order, g.op.unsqueeze(order, [1]), window, g.op.lessOrEqual(order, g.op.unsqueeze(order, [1]))),
    cache: maskAfter(g, cachePlaces, cachedHere, window === undefined ? undefined : { window, queries: standing }),
  }));
  const positions = clampPositions(g, config, standing);
  const read: KeyValues[] = [];
  const hidden = decoderHidden(g, config, parts, {
    inputIds: readIds,
    positions,
    ...anglesAt(g, rotary, positions, g.op.unsqueeze(readReach, [1])),
    attend: (b, { layer, query, key, value }) => {
      const { causal, cache: cacheMask } = masks(layer);
      const toCacheOrder = (x: Value): Value => b.op.transpose(x, [0, 2, 1, 3]);
      read.push({ keys: toCacheOrder(key), values: toCacheOrder(value) });
      const cache = caches[layer]!;
      const ofReaders = (x: Value): Value => b.op.gather(shorten(b, x, readCache), readRows);
      const before = cacheRegion(b, { keys: ofReaders(cache.keys), values: ofReaders(cache.values) });
      return attendRegions(b, config, query, [
        { ...before, mask: cacheMask, size: readCache },
        { keys: key, values: value, swapKeys: true, mask: causal, size: sizeOfAxis(b, readIds, 1) },
      ]);
    },
  });
  const starts = g.op.mul(places(g, readIds, 0), g.op.cast(sizeOf(g, readIds, 1), 'int32'));
  const last = g.op.gather(hidden, g.op.sub(g.op.add(starts, readLengths), 1)); // (E, D)
  const written = bestToken(g, decoderLogits(g, config, parts, last));
  const toRows = (x: Value): Value => g.op.gather(x, readIndex);
  return {
    tokens: g.op.where(g.op.greater(lengths, 0), toRows(written), pending),
    health: toRows(rowHealth(g, last)),
    kept: read.map(({ keys, values }) => ({ keys: toRows(keys), values: toRows(values) })),
  };
}

interface Writing {
  /** (turns, B) */
  readonly tokens: Value;
  readonly health: Value;
  /** Per layer: (B, H_kv, turns, D). */
  readonly tails: readonly KeyValues[];
}

/** All rows write, one token a turn. */
function writeTokens(g: GraphBuilder, scope: Scope, reading: Reading): Writing {
  const { config, parts, inputs, caches, rotary } = scope;
  const { cacheIndex, readIds, lengths, cached, budget, stopIds, steps } = inputs;
  const isFresh = g.op.greater(lengths, 0);
  const remaining = g.op.sub(budget, g.op.cast(isFresh, 'int32'));
  const stopped = g.op.and(isFresh, isStop(g, reading.tokens, stopIds));
  const finished = g.op.or(g.op.lessOrEqual(remaining, 0), stopped);
  const start = g.op.add(cached, lengths);
  const [cachePlaces, readPlaces] = [places(g, cacheIndex, 1), places(g, readIds, 1)];
  const whole = { cache: maskAfter(g, cachePlaces, cached), read: maskAfter(g, readPlaces, lengths) };
  const fixed = caches.map((cache, layer) => ({
    cache: { ...cacheRegion(g, cache), size: sizeOfAxis(g, cacheIndex, 1) },
    read: { ...cacheRegion(g, reading.kept[layer]!), size: sizeOfAxis(g, readIds, 1) },
  }));
  const widths = caches.flatMap(() => [keyWidth(config), config.headWidth]);
  const emptyTail = (width: number): Value =>
    g.op.constantOfShape(g.op.concat([g.op.shape(budget), g.constant('int64', [config.keyValueHeads, 0, width])], 0));
  const emptyTails = widths.map(emptyTail);
  const { state, scan } = g.op.loop({
    tripCount: steps,
    condition: someUnfinished(g, finished),
    state: [reading.tokens, finished, ...emptyTails] as readonly Value[],
    stateShapes: [undefined, undefined, ...widths.map((width) => ['B', config.keyValueHeads, 'Written', width])],
    body: (b, turn, [tokens, done, ...tails]) => {
      const after: Value[] = [];
      const written = b.op.unsqueeze(b.op.add(turn, 1), [0]);
      const turn32 = b.op.cast(turn, 'int32');
      const standing = b.op.unsqueeze(b.op.add(start, turn32), [1]); // (B, 1)
      const positions = clampPositions(b, config, standing);
      const masks = byWindow(
        config,
        (window): Readonly<Record<'cache' | 'read', Value>> & { readonly tail?: Value } => {
          if (window === undefined) return whole;
          const through = { window, queries: standing };
          const tailPlaces = b.op.range(0, b.op.reshape(written, []), 1);
          return {
            cache: maskAfter(b, cachePlaces, cached, through),
            read: maskAfter(b, readPlaces, lengths, { ...through, offset: cached }),
            tail: seen(b, tailPlaces, turn, window, b.op.lessOrEqual(tailPlaces, turn)),
          };
        },
      );
      const hidden = decoderHidden(b, config, parts, {
        inputIds: b.op.unsqueeze(tokens!, [1]),
        positions,
        ...anglesAt(b, rotary, positions, b.op.add(positions, 1)),
        attend: (c, { layer, query, key, value }) => {
          const keys = c.op.concat([tails[2 * layer]!, key], 2);
          const values = c.op.concat([tails[2 * layer + 1]!, value], 2);
          after.push(keys, values);
          const mask = masks(layer);
          const tail: Region = {
            keys,
            values,
            swapKeys: true,
            size: written,
            ...(mask.tail ? { mask: mask.tail } : {}),
          };
          const { cache, read } = fixed[layer]!;
          return attendRegions(c, config, query, [tail, { ...cache, mask: mask.cache }, { ...read, mask: mask.read }]);
        },
      });
      const next = bestToken(b, decoderLogits(b, config, parts, hidden));
      const spent = b.op.greaterOrEqual(b.op.add(turn32, 1), remaining);
      const doneNow = b.op.or(b.op.or(done!, spent), isStop(b, next, stopIds));
      return {
        state: [next, doneNow, ...after],
        scan: [next, rowHealth(b, hidden)],
        condition: someUnfinished(b, doneNow),
      };
    },
  });
  const [tokens, health] = scan;
  return {
    tokens,
    health,
    tails: caches.map((_, layer) => ({ keys: state[2 + 2 * layer]!, values: state[3 + 2 * layer]! })),
  };
}

/** Padding and rows that have ended may stand past the last position; nobody looks at what they give. */
function clampPositions(g: GraphBuilder, config: ModelConfig, positions: Value): Value {
  return g.op.min(positions, config.maxPositions - 1);
}

/** The largest logit of each row (N, V), the lowest id on ties: int32 (N). */
export function bestToken(g: GraphBuilder, logits: Value): Value {
  return g.op.cast(g.op.argMax(logits, 1, { keepDims: false }), 'int32');
}

/** A number per row that is finite only where all of its state is: (N, D) → (N). */
export function rowHealth(g: GraphBuilder, hidden: Value): Value {
  return g.op.reduceSum(hidden, [1], { keepDims: false });
}

/** Which of the tokens (B) are stop tokens. */
export function isStop(g: GraphBuilder, tokens: Value, stopIds: Value): Value {
  return anyOf(g, g.op.equal(g.op.unsqueeze(tokens, [1]), g.op.unsqueeze(stopIds, [0])), 1);
}

/** Whether a Loop has to go on. */
export function someUnfinished(g: GraphBuilder, finished: Value): Value {
  return anyOf(g, g.op.not(finished), 0);
}

function anyOf(g: GraphBuilder, flags: Value, axis: number): Value {
  return g.op.greater(g.op.reduceMax(g.op.cast(flags, 'int32'), [axis], { keepDims: false }), 0);
}
