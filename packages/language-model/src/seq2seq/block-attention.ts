import { customGradient, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { MASKED_SCORE, sizeOf } from '../graph/attention.js';
import { type Block, overBlocks, product, rowsOf } from '../graph/block-loop.js';
import { alongDiagonals, diagonalSums } from './relative-bias.js';
import type { Drop } from './stack-dropout.js';

/** What is added to scores, and what is dropped of the weights. */
export interface BlockAttentionOptions {
  /** The bias of each distance, (H, 2T - 1), as `distanceBiases` gives it: queries and keys are the same T tokens then. */
  readonly distances?: Value | undefined;
  /** Whether a query sees nothing that stands behind it. */
  readonly isCausal?: boolean;
  /** (B, 1, 1, T), added to all scores of a key. */
  readonly padding?: Value | undefined;
  /** Of the weights, whose rows are numbered through all of (B, H, S). */
  readonly drop?: Drop | undefined;
}

/**
 * softmax(Q·Kᵀ + bias)·V, block after block of queries in a Loop: scores, biases, weights and masks of one block are alive at a
 * time, in the backward pass too, which computes them again. Queries (B, H, S, D), keys and values (B, H, T, D).
 * @see Rabe and Staats 2021, arXiv:2112.05682; Dao et al. 2022, FlashAttention, arXiv:2205.14135, appendix B, for the backward pass
 */
export function blockAttention(
  g: GraphBuilder,
  { query, key, value }: { readonly query: Value; readonly key: Value; readonly value: Value },
  options: BlockAttentionOptions,
): Value {
  const { distances, isCausal = false } = options;
  const loopOf = (b: GraphBuilder, [q, k]: readonly Value[]) => ({
    length: sizeOf(b, q!, 2),
    keys: isCausal ? undefined : sizeOf(b, k!, 2),
  });
  const [context] = customGradient(g, {
    inputs: [query, key, value, ...(distances ? [distances] : [])],
    forward: (b, inputs) => {
      const loop = loopOf(b, inputs);
      return overBlocks(b, loop, { pieces: [inputs[0]!] }, (c, block) => {
        const { weights, drop } = weightsOf(c, inputs, block, loop.length, options);
        return { pieces: [c.op.matMul(drop(weights), seen(c, inputs[2]!, block))] };
      });
    },
    backward: (b, { inputs, outputs, dOutputs, wanted }) => {
      const loop = loopOf(b, inputs);
      const keyed = [inputs[1]!, inputs[2]!];
      const learnsDistances = wanted[3] === true;
      const results = {
        pieces: [inputs[0]!],
        ...(isCausal ? { sums: keyed } : {}),
        totals: [...(isCausal ? [] : keyed), ...(learnsDistances ? [inputs[3]!] : [])],
      };
      const [dQuery, ...others] = overBlocks(b, loop, results, (c, block) => {
        const { q, weights, drop } = weightsOf(c, inputs, block, loop.length, options);
        const [o, dO] = [outputs[0]!, dOutputs[0]!].map((x) => rowsOf(c, x, block.start, block.end, block.queries));
        const [k, v] = [seen(c, inputs[1]!, block), seen(c, inputs[2]!, block)];
        const dWeights = drop(product(c, dO!, v, { transB: true }));
        const sums = c.op.reduceSum(c.op.mul(dO!, o!), [-1]);
        const dScores = c.op.mul(weights, c.op.sub(dWeights, sums));
        const dKeyed = [product(c, dScores, q, { transA: true }), product(c, drop(weights), dO!, { transA: true })];
        return {
          pieces: [c.op.matMul(dScores, k)],
          ...(isCausal ? { sums: dKeyed } : {}),
          totals: [
            ...(isCausal ? [] : dKeyed),
            ...(learnsDistances ? [distanceSums(c, dScores, block, loop.length)] : []),
          ],
        };
      });
      return [dQuery!, ...others];
    },
  });
  return context!;
}

/** The keys or values that a block sees. */
function seen(c: GraphBuilder, x: Value, { first, last, keys }: Block): Value {
  return rowsOf(c, x, first, last, keys);
}

interface BlockWeights {
  readonly q: Value;
  /** (B, H, queries, keys), before dropout. */
  readonly weights: Value;
  /** Drops of such a tensor what is dropped of the weights. */
  readonly drop: (x: Value) => Value;
}

function weightsOf(
  c: GraphBuilder,
  [query, key, , distances]: readonly Value[],
  block: Block,
  length: Value,
  { isCausal = false, padding, drop }: BlockAttentionOptions,
): BlockWeights {
  const { start, end, queries } = block;
  const q = rowsOf(c, query!, start, end, queries);
  const scores = product(c, q, seen(c, key!, block), { transB: true });
  const bias = distances && blockBias(c, distances, block, length, isCausal);
  const biased = bias === undefined ? scores : c.op.add(scores, bias);
  const weights = c.op.softmax(padding === undefined ? biased : c.op.add(biased, padding));
  if (drop === undefined) return { q, weights, drop: (x) => x };
  const heads = c.op.range(0, c.op.mul(sizeOf(c, q, 0), sizeOf(c, q, 1)), 1);
  const places = c.op.add(c.op.unsqueeze(c.op.mul(heads, length), [1]), c.op.range(start, end, 1));
  const part = { rows: c.op.reshape(places, [-1]), columns: block.last };
  return { q, weights, drop: (x) => drop(c, x, part) };
}

/** (H, queries, keys) of a block, and what hides from its queries what stands behind them. */
function blockBias(c: GraphBuilder, distances: Value, block: Block, length: Value, isCausal: boolean): Value {
  const { start, end, last, queries, keys } = block;
  const limits = [c.op.sub(length, end), ofLastDistance(c, block, length)].map((limit) => c.op.reshape(limit, [1]));
  const own = c.op.slice(distances, { starts: limits[0]!, ends: limits[1]!, axes: [1] });
  const bias = alongDiagonals(c, own, { queries: c.op.sub(end, start), keys: last, sizes: [queries, keys] });
  if (!isCausal) return bias;
  const before = c.op.lessOrEqual(c.op.range(0, last, 1), c.op.unsqueeze(c.op.range(start, end, 1), [1]));
  return c.op.where(before, bias, c.constant('float32', MASKED_SCORE));
}

/** One past the place of the largest distance of a block among those of T tokens. */
function ofLastDistance(c: GraphBuilder, { start, last }: Block, length: Value): Value {
  return c.op.sub(c.op.add(c.op.sub(length, start), last), 1);
}

/** What the scores (B, H, queries, keys) of a block say about each distance: (H, 2T - 1). */
function distanceSums(c: GraphBuilder, dScores: Value, block: Block, length: Value): Value {
  const { start, end, last } = block;
  const square = c.op.reduceSum(dScores, [0], { keepDims: false });
  const own = diagonalSums(c, square, { queries: c.op.sub(end, start), keys: last });
  const zeros = (count: Value): Value => {
    const shape = c.op.concat([c.op.shape(own, { end: 1 }), c.op.reshape(count, [1])], 0);
    return c.op.constantOfShape(shape);
  };
  const behind = c.op.sub(c.op.sub(c.op.mul(length, 2), 1), ofLastDistance(c, block, length));
  return c.op.concat([zeros(c.op.sub(length, end)), own, zeros(behind)], 1);
}
