import type { Dimension, GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { ModelConfig } from '../model-config.js';
import { type Attend, attention } from './attention.js';

/**
 * Queries of a row are cut into this many blocks. A block meets the keys up to its own end, so that of T² products
 * (n + 1) / 2n are computed: 5/8. Forward and backward of 8 × 4 heads, 256 tokens, 32 features on one thread took
 * 1 : 0.77 : 0.63 : 0.71 of the time in 1, 2, 4 and 8 blocks. Half of what is masked also costs more than its share: the
 * exponentials that ONNX Runtime's softmax leaves there are denormal numbers, on which a processor stumbles. (Its option
 * `session.set_denormal_as_zero` is no help: it counts for the first session of a process only, so that a resumed run
 * might end in other bits.)
 */
export const BLOCKS = 4;

/**
 * softmax(Q·Kᵀ / √D + mask)·V for a mask (…, T, T) that lets no token see what comes after it, and T ≥ {@link BLOCKS}.
 * @see Dao et al. 2022, FlashAttention, arXiv:2205.14135, appendix B.1, on skipping blocks above the diagonal
 */
export function causalAttention(g: GraphBuilder, config: ModelConfig, mask: Value): Attend {
  const cuts = cutsOf(g, mask);
  const masks = Array.from({ length: BLOCKS }, (_, i) => prefix(g, cuts, part(g, cuts, mask, -2, i), -1, i));
  return (b, { query, key, value }) => {
    const queries = split(b, cuts, query);
    const [keys, values] = [key, value].map((x) => {
      const parts = split(b, cuts, x);
      return queries.map((_, i) => joined(b, cuts, x, parts, i));
    }) as [Value[], Value[]];
    const rows = queries.map((q, i) => attention(b, config, { query: q, key: keys[i]!, value: values[i]! }, masks[i]!));
    return b.node('Concat', rows, {
      attributes: { axis: { kind: 'int', value: 2 } },
      outputs: [{ type: query.type, shape: query.shape.with(3, value.shape[3]!) }],
    })[0]!;
  };
}

/** Where blocks begin and end: the sizes of blocks, and of all up to and with each. */
interface Cuts {
  readonly sizes: readonly Dimension[];
  readonly ends: readonly Dimension[];
  /** int64 (BLOCKS) */
  readonly lengths: Value;
  /** int64 (BLOCKS + 1), from 0 to T */
  readonly places: Value;
}

/** Blocks of ⌊T / n⌋ tokens; the last has the rest. */
function cutsOf(g: GraphBuilder, mask: Value): Cuts {
  const T = mask.shape.at(-1)!;
  const total = g.op.shape(mask, { start: mask.shape.length - 1 });
  const steps = g.constant(
    'int64',
    Array.from({ length: BLOCKS }, (_, i) => i),
  );
  const places = g.op.concat([g.op.mul(g.op.div(total, BLOCKS), steps), total], 0);
  const lengths = g.op.sub(
    g.op.slice(places, { starts: [1], ends: [BLOCKS + 1] }),
    g.op.slice(places, { starts: [0], ends: [BLOCKS] }),
  );
  if (typeof T === 'number') {
    const start = (i: number): number => (i === BLOCKS ? T : i * Math.floor(T / BLOCKS));
    const ends = Array.from({ length: BLOCKS }, (_, i) => start(i + 1));
    return { sizes: ends.map((end, i) => end - start(i)), ends, lengths, places };
  }
  // All but the last are equally long; equal names say so.
  const [size, rest] = [g.freshDimension(), g.freshDimension()];
  const sizes = Array.from({ length: BLOCKS }, (_, i) => (i < BLOCKS - 1 ? size : rest));
  const inner = Array.from({ length: BLOCKS - 2 }, () => g.freshDimension());
  return { sizes, ends: [size, ...inner, T], lengths, places };
}

/** (B, H, T, D) in blocks along T. */
function split(g: GraphBuilder, { sizes, lengths }: Cuts, x: Value): readonly Value[] {
  const outputs = sizes.map((size) => ({ type: x.type, shape: x.shape.with(2, size) }));
  return g.node('Split', [x, lengths], { attributes: { axis: { kind: 'int', value: 2 } }, outputs });
}

/** The blocks up to and with number i as one: (B, H, end, D). */
function joined(g: GraphBuilder, { ends }: Cuts, x: Value, parts: readonly Value[], i: number): Value {
  if (i === 0) return parts[0]!;
  if (i === parts.length - 1) return x;
  const attributes = { axis: { kind: 'int', value: 2 } } as const;
  const outputs = [{ type: x.type, shape: x.shape.with(2, ends[i]!) }];
  return g.node('Concat', parts.slice(0, i + 1), { attributes, outputs })[0]!;
}

/** Block i of the mask's rows. */
function part(g: GraphBuilder, { sizes, places }: Cuts, mask: Value, axis: number, i: number): Value {
  return cut(g, mask, axis, [place(g, places, i), place(g, places, i + 1)], sizes[i]!);
}

/** The mask's columns up to the end of block i. */
function prefix(g: GraphBuilder, { ends, places }: Cuts, mask: Value, axis: number, i: number): Value {
  return cut(g, mask, axis, [g.constant('int64', [0]), place(g, places, i + 1)], ends[i]!);
}

function place(g: GraphBuilder, places: Value, i: number): Value {
  return g.op.slice(places, { starts: [i], ends: [i + 1] });
}

function cut(g: GraphBuilder, x: Value, axis: number, [start, end]: readonly [Value, Value], size: Dimension): Value {
  const outputs = [{ type: x.type, shape: x.shape.with(axis, size) }];
  return g.node('Slice', [x, start, end, g.constant('int64', [axis])], { outputs })[0]!;
}
