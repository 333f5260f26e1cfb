import { customGradient, type Dimension, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import type { ModelConfig } from '../model-config.js';
import { type Attend, attentionScale, MASKED_SCORE, sizeOf, withinWindow } from './attention.js';

// Blocks are quarters of short rows: half of what is masked is skipped, and products stay large. From 1,024 tokens on they have
// 256 queries, and are never more than 16: each adds once to the gradients of all keys and values before it.
const QUARTERS = 4;
const LONGEST_BLOCK = 256;
const MOST_BLOCKS = 16;

/** Which keys a query may see besides those before it. */
export interface CausalLimits {
  /** (B, T) integers; tokens with different numbers do not see each other. */
  readonly segments?: Value | undefined;
  /** How many tokens each sees, itself and those before it. */
  readonly window?: number | undefined;
}

/**
 * Causal softmax(Q·Kᵀ / √D + mask)·V of whole rows, block after block of queries in a Loop: what is alive at a time is the
 * product of one block with the keys before it, in the backward pass too, which computes it again. Keys that no query of a
 * block sees are skipped.
 * @param like (B, T), the rows
 * @see Rabe and Staats 2021, arXiv:2112.05682; Dao et al. 2022, FlashAttention, arXiv:2205.14135, appendix B, for the backward pass
 */
export function queryBlockAttention(config: ModelConfig, like: Value, limits: CausalLimits = {}): Attend {
  return (g, { query, key, value }) => {
    const [context] = customGradient(g, {
      inputs: [query, key, value],
      forward: (b, inputs) => {
        const [context] = overBlocks(
          b,
          like,
          limits,
          (c, block) => {
            const [q, k, v] = parts(c, config, inputs, block);
            return { pieces: [ungroup(c, config, c.op.matMul(probabilities(c, config, q, k, block), v), block)] };
          },
          [contextLike(b, query, value)],
          [],
        );
        return [context!];
      },
      backward: (b, { inputs, outputs, dOutputs }) => {
        const [output, dOutput] = [outputs[0]!, dOutputs[0]!];
        return overBlocks(
          b,
          like,
          limits,
          (c, block) => {
            const [q, k, v] = parts(c, config, inputs, block);
            const [o, dO] = [output, dOutput].map((x) =>
              group(c, config, rowsOf(c, x, block.start, block.end, block.queries)),
            );
            const alpha = attentionScale(config);
            const weights = probabilities(c, config, q, k, block);
            const dWeights = product(c, dO!, v, { transB: true });
            const sums = c.op.reduceSum(c.op.mul(dO!, o!), [-1]);
            const dScores = c.op.mul(weights, c.op.sub(dWeights, sums));
            return {
              pieces: [ungroup(c, config, product(c, dScores, k, { alpha }), block)],
              // Of all keys and values that the block saw.
              sums: [product(c, dScores, q, { alpha, transA: true }), product(c, weights, dO!, { transA: true })],
            };
          },
          [inputs[0]!],
          [inputs[1]!, inputs[2]!],
        );
      },
    });
    return context!;
  };
}

/** One block of queries, as sizes and int64 scalars. */
interface Block {
  /** First and one past the last query; the last key, too. */
  readonly start: Value;
  readonly end: Value;
  /** First key. */
  readonly first: Value;
  readonly queries: Dimension;
  readonly keys: Dimension;
  /** What is added to scores: (…, G·queries, keys) for G queries to a key. */
  readonly mask: (c: GraphBuilder, groups: number) => Value;
}

interface BlockResults {
  /** Rows of the block, (B, H, queries, D), to be laid end to end. */
  readonly pieces: readonly Value[];
  /** (B, H_kv, keys, D), to be added up. */
  readonly sums?: readonly Value[];
}

/** Something of the shape of the context: as many features as values have, which may be fewer than queries have. */
function contextLike(g: GraphBuilder, query: Value, value: Value): Value {
  const width = value.shape[3] as number;
  return query.shape[3] === width ? query : g.op.slice(query, { starts: [0], ends: [width], axes: [3] });
}

/** Runs `turn` for each block. Results have the shapes of `pieces` and `sums`. */
function overBlocks(
  g: GraphBuilder,
  like: Value,
  { segments, window }: CausalLimits,
  turn: (c: GraphBuilder, block: Block) => BlockResults,
  pieces: readonly Value[],
  sums: readonly Value[],
): readonly Value[] {
  const T = sizeOf(g, like, 1);
  const size = blockSize(g, T);
  const whole = [...pieces, ...sums];
  const grown = g.freshDimension();
  const shapes = whole.map(({ shape }) => shape.with(2, grown));
  const none = whole.map((x) => emptyLike(g, x));
  const { state } = g.op.loop({
    tripCount: g.op.div(g.op.add(T, g.op.sub(size, 1)), size),
    state: none,
    stateShapes: shapes,
    body: (c, i, before) => {
      const start = c.op.mul(i, size);
      const end = c.op.min(c.op.add(start, size), T);
      const first = window === undefined ? c.constant('int64', 0) : c.op.max(c.op.sub(start, window - 1), 0);
      const [queries, keys] = [c.freshDimension(), window === undefined ? c.freshDimension() : c.freshDimension()];
      const limits = { start, end, first, queries, keys };
      const results = turn(c, { ...limits, mask: (d, groups) => maskOf(d, limits, groups, segments, window) });
      const next = [
        ...results.pieces.map((piece, n) => joined(c, [before[n]!, piece], shapes[n]!)),
        ...(results.sums ?? []).map((sum, n) => {
          const at = pieces.length + n;
          return addedUp(c, before[at]!, sum, limits, shapes[at]!, window !== undefined);
        }),
      ];
      return { state: next };
    },
  });
  return state.map((x, i) => g.node('Identity', [x], { outputs: [whole[i]!] })[0]!);
}

/** Sums so far, of keys [0, start), and those of a block, of keys [first, end): the sums of keys [0, end). */
function addedUp(
  c: GraphBuilder,
  before: Value,
  sum: Value,
  { start, end, first, keys }: Pick<Block, 'start' | 'end' | 'first' | 'keys'>,
  shape: Value['shape'],
  isWindowed: boolean,
): Value {
  const overlap = c.op.sub(start, first);
  const known = c.freshDimension();
  const old = isWindowed ? rowsOf(c, before, first, end, known) : before;
  const both = c.op.add(old, rowsOf(c, sum, c.constant('int64', 0), overlap, old.shape[2]!));
  const fresh = rowsOf(c, sum, overlap, end, c.freshDimension());
  const untouched = isWindowed ? [rowsOf(c, before, c.constant('int64', 0), first, keys)] : [];
  return joined(c, [...untouched, both, fresh], shape);
}

/** How many queries a block has: int64 scalar, from 1 up. */
function blockSize(g: GraphBuilder, T: Value): Value {
  const share = (parts: number): Value => g.op.div(g.op.add(T, parts - 1), parts);
  return g.op.max(g.op.max(g.op.min(share(QUARTERS), LONGEST_BLOCK), share(MOST_BLOCKS)), 1);
}

function maskOf(
  c: GraphBuilder,
  { start, end, first }: Pick<Block, 'start' | 'end' | 'first'>,
  groups: number,
  segments: Value | undefined,
  window: number | undefined,
): Value {
  const [queries, keys] = [c.op.unsqueeze(c.op.range(start, end, 1), [1]), c.op.range(first, end, 1)];
  const near = withinWindow(c, keys, queries, window, c.op.lessOrEqual(keys, queries));
  const allowed = segments ? c.op.and(near, sameSegment(c, segments, start, end, first)) : near;
  const mask = c.op.where(allowed, c.constant('float32', 0), c.constant('float32', MASKED_SCORE));
  return groups === 1 ? mask : c.op.tile(mask, segments ? [1, 1, groups, 1] : [groups, 1]);
}

/** (B, 1, queries, keys) */
function sameSegment(c: GraphBuilder, segments: Value, start: Value, end: Value, first: Value): Value {
  const part = (from: Value): Value =>
    c.op.slice(segments, { starts: c.op.reshape(from, [1]), ends: c.op.reshape(end, [1]), axes: [1] });
  return c.op.equal(c.op.unsqueeze(part(first), [1, 2]), c.op.unsqueeze(part(start), [1, 3]));
}

/** Queries (B, H_kv, G·queries, D) of a block, and the keys and values it sees. */
function parts(
  c: GraphBuilder,
  config: ModelConfig,
  [query, key, value]: readonly Value[],
  block: Block,
): [Value, Value, Value] {
  const { start, end, first, queries, keys } = block;
  return [
    group(c, config, rowsOf(c, query!, start, end, queries)),
    rowsOf(c, key!, first, end, keys),
    rowsOf(c, value!, first, end, keys),
  ];
}

function probabilities(c: GraphBuilder, config: ModelConfig, q: Value, k: Value, block: Block): Value {
  const scores = product(c, q, k, { transB: true, alpha: attentionScale(config) });
  return c.op.softmax(c.op.add(scores, block.mask(c, config.heads / config.keyValueHeads)));
}

/** (B, H, S, F) → (B, H_kv, H / H_kv · S, F): the same memory. */
function group(c: GraphBuilder, { heads, keyValueHeads }: ModelConfig, x: Value): Value {
  return heads === keyValueHeads ? x : c.op.reshape(x, [0, keyValueHeads, -1, x.shape[3] as number]);
}

function ungroup(c: GraphBuilder, { heads, keyValueHeads }: ModelConfig, x: Value, { queries }: Block): Value {
  if (heads === keyValueHeads) return x;
  const shape = [x.shape[0]!, heads, queries, x.shape[3]!];
  const sizes = c.constant('int64', [0, heads, -1, x.shape[3] as number]);
  return c.node('Reshape', [x, sizes], { outputs: [{ type: x.type, shape }] })[0]!;
}

/** Rows [start, end) of the axis of tokens. */
function rowsOf(c: GraphBuilder, x: Value, start: Value, end: Value, size: Dimension): Value {
  const limits = [start, end].map((limit) => c.op.reshape(limit, [1]));
  const outputs = [{ type: x.type, shape: x.shape.with(2, size) }];
  return c.node('Slice', [x, ...limits, c.constant('int64', [2])], { outputs })[0]!;
}

function joined(c: GraphBuilder, values: readonly Value[], shape: Value['shape']): Value {
  const attributes = { axis: { kind: 'int', value: 2 } } as const;
  return c.node('Concat', values, { attributes, outputs: [{ type: values[0]!.type, shape }] })[0]!;
}

function emptyLike(g: GraphBuilder, x: Value): Value {
  const shape = g.op.concat([g.op.shape(x, { end: 2 }), g.constant('int64', [0]), g.op.shape(x, { start: 3 })], 0);
  return g.op.constantOfShape(shape, 0, x.type);
}

interface ProductOptions {
  readonly alpha?: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

/** alpha·A·B, each transposed first if asked. */
function product(
  g: GraphBuilder,
  a: Value,
  b: Value,
  { alpha = 1, transA = false, transB = false }: ProductOptions,
): Value {
  if (g.microsoft) return g.op.fusedMatMul(a, b, { alpha, transA, transB });
  const turned = (x: Value, turns: boolean): Value => (turns ? g.op.transpose(x, [0, 1, 3, 2]) : x);
  const unscaled = g.op.matMul(turned(a, transA), turned(b, transB));
  return alpha === 1 ? unscaled : g.op.mul(unscaled, alpha);
}
