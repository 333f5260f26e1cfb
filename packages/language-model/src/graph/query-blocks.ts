import { customGradient, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import type { ModelConfig } from '../model-config.js';
import { type Attend, attentionScale, MASKED_SCORE, sizeOf, withinWindow } from './attention.js';
import { type Block, overBlocks, product, rowsOf } from './block-loop.js';

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
  const { segments, window } = limits;
  const weightsOf = (c: GraphBuilder, q: Value, k: Value, block: Block): Value => {
    const scores = product(c, q, k, { transB: true, alpha: attentionScale(config) });
    return c.op.softmax(c.op.add(scores, maskOf(c, block, config.heads / config.keyValueHeads, segments, window)));
  };
  return (g, { query, key, value }) => {
    const [context] = customGradient(g, {
      inputs: [query, key, value],
      forward: (b, inputs) => {
        const loop = { length: sizeOf(b, like, 1), window };
        const [context] = overBlocks(b, loop, { pieces: [contextLike(b, query, value)] }, (c, block) => {
          const [q, k, v] = parts(c, config, inputs, block);
          return { pieces: [ungroup(c, config, c.op.matMul(weightsOf(c, q, k, block), v), block)] };
        });
        return [context!];
      },
      backward: (b, { inputs, outputs, dOutputs }) => {
        const [output, dOutput] = [outputs[0]!, dOutputs[0]!];
        const results = { pieces: [inputs[0]!], sums: [inputs[1]!, inputs[2]!] };
        return overBlocks(b, { length: sizeOf(b, like, 1), window }, results, (c, block) => {
          const [q, k, v] = parts(c, config, inputs, block);
          const [o, dO] = [output, dOutput].map((x) =>
            group(c, config, rowsOf(c, x, block.start, block.end, block.queries)),
          );
          const alpha = attentionScale(config);
          const weights = weightsOf(c, q, k, block);
          const dWeights = product(c, dO!, v, { transB: true });
          const sums = c.op.reduceSum(c.op.mul(dO!, o!), [-1]);
          const dScores = c.op.mul(weights, c.op.sub(dWeights, sums));
          return {
            pieces: [ungroup(c, config, product(c, dScores, k, { alpha }), block)],
            sums: [product(c, dScores, q, { alpha, transA: true }), product(c, weights, dO!, { transA: true })],
          };
        });
      },
    });
    return context!;
  };
}

/** Something of the shape of the context: as many features as values have, which may be fewer than queries have. */
function contextLike(g: GraphBuilder, query: Value, value: Value): Value {
  const width = value.shape[3] as number;
  return query.shape[3] === width ? query : g.op.slice(query, { starts: [0], ends: [width], axes: [3] });
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
  const { start, end, first, last, queries, keys } = block;
  return [
    group(c, config, rowsOf(c, query!, start, end, queries)),
    rowsOf(c, key!, first, last, keys),
    rowsOf(c, value!, first, last, keys),
  ];
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
