import { GraphError } from './errors.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Value } from './value.js';

export interface DropoutMaskOptions {
  /** Integer scalar that is the same for the whole run. */
  readonly seed: Value;
  /** Integer scalar that differs for each optimizer step and micro-batch. */
  readonly step: Value;
  /** Tells the masks of one step from each other: one number for each place of use. */
  readonly salt: number;
  /** Share of elements that are dropped, in [0, 1). */
  readonly probability: number;
}

// Multipliers of the integer hash "lowbias32". @see https://nullprogram.com/blog/2018/07/31/
const FIRST = 0x7feb352d;
const SECOND = 0x846ca68b;
const GOLDEN = 0x9e3779b9; // 2³² / golden ratio

/** lowbias32: every bit of the result depends on every bit of `x` (uint32; products wrap). */
function mix(g: GraphBuilder, x: Value): Value {
  const xorShift = (value: Value, bits: number) => g.op.bitwiseXor(value, g.op.bitShift(value, bits, 'right'));
  return xorShift(g.op.mul(xorShift(g.op.mul(xorShift(x, 16), FIRST), 15), SECOND), 16);
}

/**
 * A dropout mask in shape and type of `like` (one axis or more): 0 with the given probability, else 1 / (1 − probability).
 *
 * Each element is a hash of (seed, step, salt, its position): equal numbers give an equal mask in every run, on every
 * machine and after a session is made again. ONNX's own Dropout draws from a stream that restarts with the session, so
 * a resumed run would not repeat the undisturbed one. Backward graphs reuse the mask: it is a value like any other.
 *
 * Rows (all axes but the last) and columns are hashed on their own and each pair then mixed by one round; the elements
 * take seven passes, the hashes themselves none worth counting.
 * @throws {GraphError} `GRAPH_ARGUMENT_INVALID` for a probability outside [0, 1) or a scalar `like`
 */
export function dropoutMask(
  g: GraphBuilder,
  like: Value,
  { seed, step, salt, probability }: DropoutMaskOptions,
): Value {
  if (!(probability >= 0 && probability < 1) || like.shape.length === 0) {
    throw new GraphError('GRAPH_ARGUMENT_INVALID', {
      what: `dropoutMask got the probability ${probability} for a value with ${like.shape.length} dimensions.`,
      why: 'The probability lies in [0, 1), and the value has one dimension or more.',
      fix: 'Pass the share of elements to drop, not to keep.',
    });
  }
  const word = (value: Value) => g.op.cast(value, 'uint32');
  const key = mix(g, g.op.add(mix(g, g.op.add(mix(g, g.op.add(word(seed), GOLDEN)), word(step))), salt));
  const columns = g.op.squeeze(g.op.shape(like, { start: -1 }), [0]);
  const rows = g.op.div(g.op.size(like), columns);
  const hashes = (count: Value, lane: number) => {
    const positions = word(g.op.range(g.op.constant('int64', 0), count, 1));
    return mix(g, g.op.bitwiseXor(mix(g, positions), mix(g, g.op.add(key, lane))));
  };
  const pair = g.op.bitwiseXor(g.op.unsqueeze(hashes(rows, 1), [1]), g.op.unsqueeze(hashes(columns, 2), [0]));
  // The last shift of the hash is left out: the comparison looks at the high bits, which it would not change.
  const product = g.op.mul(pair, FIRST);
  const drawn = g.op.mul(g.op.bitwiseXor(product, g.op.bitShift(product, 15, 'right')), SECOND);
  const isDropped = g.op.less(drawn, g.op.constant('uint32', Math.round(probability * 2 ** 32)));
  const scale = g.op.constant(like.type, 1 / (1 - probability));
  return g.op.reshape(g.op.where(isDropped, 0, scale), g.op.shape(like));
}
