import { GraphError } from './errors.js';
import type { GraphBuilder } from './graph-builder.js';
import { checkpoint } from './segments.js';
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
  /**
   * For a mask that is a part of a larger one, cut along all axes but the last: the numbers that its rows have there, int64
   * (rows). From 0 up when left out.
   */
  readonly rows?: Value;
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
export function dropoutMask(g: GraphBuilder, like: Value, options: DropoutMaskOptions): Value {
  checkOptions(like, options);
  return maskOfSizes(g, like, sizesOf(g, like), options);
}

/**
 * `x` with some elements dropped and the others scaled, by a {@link dropoutMask}. The mask is drawn again on the way back
 * instead of being kept: what remains of `x` alone stays in memory.
 * @throws {GraphError} `GRAPH_ARGUMENT_INVALID` as `dropoutMask`
 */
export function repeatableDropout(g: GraphBuilder, x: Value, options: DropoutMaskOptions): Value {
  checkOptions(x, options);
  // Sizes from outside: drawn again, the mask would otherwise wait for a copy of x.
  const sizes = sizesOf(g, x);
  return checkpoint(g, () => g.op.mul(x, maskOfSizes(g, x, sizes, options)));
}

/** int64: (dimensions), and the scalars of all elements and of those in a row. */
interface Sizes {
  readonly shape: Value;
  readonly size: Value;
  readonly columns: Value;
}

function sizesOf({ op }: GraphBuilder, x: Value): Sizes {
  return { shape: op.shape(x), size: op.size(x), columns: op.squeeze(op.shape(x, { start: -1 }), [0]) };
}

function checkOptions(like: Value, { probability }: DropoutMaskOptions): void {
  if (probability >= 0 && probability < 1 && like.shape.length > 0) return;
  throw new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `dropoutMask got the probability ${probability} for a value with ${like.shape.length} dimensions.`,
    why: 'The probability lies in [0, 1), and the value has one dimension or more.',
    fix: 'Pass the share of elements to drop, not to keep.',
  });
}

function maskOfSizes(
  g: GraphBuilder,
  like: Value,
  { shape, size, columns }: Sizes,
  { seed, step, salt, probability, rows: places }: DropoutMaskOptions,
): Value {
  const { op } = g;
  const word = (value: Value) => op.cast(value, 'uint64');
  const behind = (hash: Value, next: Value) => op.add(op.mul(hash, g.constant('uint64', HALF)), next);
  const ofStep = squares(g, behind(squares(g, word(seed)), word(step)));
  const key = squares(g, behind(ofStep, g.constant('uint64', salt)));
  const counted = (count: Value): Value => op.range(g.constant('int64', 0), count, 1);
  const rows = places ?? counted(op.div(size, columns));
  // A lane has 2³⁰ places: more than a tensor has rows.
  const hashes = (numbers: Value, lanes: readonly [number, number], axis: number) => {
    const starts = g.constant(
      'uint64',
      lanes.map((lane) => lane * 2 ** 30),
      [2, 1],
    );
    const both = op.cast(squares(g, behind(key, op.add(starts, word(numbers)))), 'uint32');
    return [0, 1].map((i) => op.unsqueeze(op.gather(both, g.constant('int64', i)), [axis])) as [Value, Value];
  };
  const [row, rowFactor] = hashes(rows, [0, 1], 1);
  const [column, columnFactor] = hashes(counted(columns), [2, 3], 0);
  const odd = op.add(op.add(op.mul(rowFactor, 2), 1), op.mul(columnFactor, 2));
  const drawn = op.mul(op.add(row, column), odd);
  const isDropped = op.less(drawn, g.constant('uint32', Math.round(probability * 2 ** 32)));
  const scale = g.constant(like.type, 1 / (1 - probability));
  const outputs = [{ type: like.type, shape: like.shape }];
  return g.node('Reshape', [op.where(isDropped, 0, scale), shape], { outputs })[0]!;
}
