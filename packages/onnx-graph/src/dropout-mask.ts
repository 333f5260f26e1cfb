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

const KEY = 0x548c9decbce65297n; // a key of Squares: odd, its hexadecimal digits irregular
const HALF = 2n ** 32n;

/**
 * 32 bits that depend on every bit of `counter` (uint64; products wrap): Squares.
 * Products, sums and quotients only: shifts and exclusive ors of integers have no kernel on CUDA, where each would be copied
 * to the processor and back.
 * @see Widynski 2020, arXiv:2004.06278
 */
function squares(g: GraphBuilder, counter: Value): Value {
  const { op } = g;
  const half = g.constant('uint64', HALF);
  const y = op.mul(counter, g.constant('uint64', KEY));
  const z = op.add(y, g.constant('uint64', KEY));
  const square = (x: Value, addend: Value) => op.add(op.mul(x, x), addend);
  const turned = (x: Value) => op.add(op.mul(x, half), op.div(x, half));
  const third = [y, z, y].reduce((x, addend) => turned(square(x, addend)), y);
  return op.div(square(third, z), half);
}

/** A key for each salt (uint64, any shape), from what tells runs and batches from each other. */
export function placeKeys(
  g: GraphBuilder,
  { seed, step }: Pick<DropoutMaskOptions, 'seed' | 'step'>,
  salts: Value,
): Value {
  const word = (value: Value) => g.op.cast(value, 'uint64');
  return squares(g, behind(g, squares(g, behind(g, squares(g, word(seed)), word(step))), salts));
}

/**
 * Two hashes, uint32 (2, …, count), of each number below `count` under a key or several, from two lanes.
 * @param shape of the numbers at which the lanes begin, before the axis of `count`
 */
export function placeHashes(
  g: GraphBuilder,
  keys: Value,
  count: Value,
  lanes: readonly [number, number],
  shape: readonly number[],
): Value {
  // A lane has 2³⁰ places: more than a tensor has rows.
  const starts = g.constant(
    'uint64',
    lanes.map((lane) => lane * 2 ** 30),
    shape,
  );
  const places = g.op.add(starts, g.op.cast(g.op.range(g.constant('int64', 0), count, 1), 'uint64'));
  return g.op.cast(squares(g, behind(g, keys, places)), 'uint32');
}

/** What is drawn is dropped below this: uint32. */
export function dropLimit(g: GraphBuilder, probability: number): Value {
  return g.constant('uint32', Math.round(probability * 2 ** 32));
}

/** @throws {GraphError} `GRAPH_ARGUMENT_INVALID` for a probability outside [0, 1) or a scalar */
export function checkDropout(like: Value, probability: number): void {
  if (probability >= 0 && probability < 1 && like.shape.length > 0) return;
  throw new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `Dropout got the probability ${probability} for a value with ${like.shape.length} dimensions.`,
    why: 'The probability lies in [0, 1), and the value has one dimension or more.',
    fix: 'Pass the share of elements to drop, not to keep.',
  });
}

function behind(g: GraphBuilder, hash: Value, next: Value): Value {
  return g.op.add(g.op.mul(hash, g.constant('uint64', HALF)), next);
}

/**
 * A dropout mask in shape and type of `like` (one axis or more): 0 with the given probability, else 1 / (1 − probability).
 *
 * Each element is a hash of (seed, step, salt, its position): equal numbers give an equal mask in every run, on every
 * machine and after a session is made again. ONNX's own Dropout draws from a stream that restarts with the session, so
 * a resumed run would not repeat the undisturbed one. Backward graphs reuse the mask: it is a value like any other.
 *
 * Rows (all axes but the last) and columns get two hashes each, and an element (r₁ + c₁)·(r₂ + c₂) with an odd second
 * factor: any two elements are independent. @see Thorup 2015, arXiv:1504.06804, pair-multiply-shift. The elements take five
 * passes, the hashes themselves none worth counting.
 * @throws {GraphError} `GRAPH_ARGUMENT_INVALID` for a probability outside [0, 1) or a scalar `like`
 */
export function dropoutMask(
  g: GraphBuilder,
  like: Value,
  { seed, step, salt, probability }: DropoutMaskOptions,
): Value {
  checkDropout(like, probability);
  const { op } = g;
  const key = placeKeys(g, { seed, step }, g.constant('uint64', salt));
  const columns = op.squeeze(op.shape(like, { start: -1 }), [0]);
  const rows = op.div(op.size(like), columns);
  const hashes = (count: Value, lanes: readonly [number, number], axis: number) => {
    const both = placeHashes(g, key, count, lanes, [2, 1]);
    return [0, 1].map((i) => op.unsqueeze(op.gather(both, g.constant('int64', i)), [axis])) as [Value, Value];
  };
  const [row, rowFactor] = hashes(rows, [0, 1], 1);
  const [column, columnFactor] = hashes(columns, [2, 3], 0);
  const odd = op.add(op.add(op.mul(rowFactor, 2), 1), op.mul(columnFactor, 2));
  const drawn = op.mul(op.add(row, column), odd);
  const isDropped = op.less(drawn, dropLimit(g, probability));
  const scale = g.constant(like.type, 1 / (1 - probability));
  return op.reshape(op.where(isDropped, 0, scale), op.shape(like));
}
