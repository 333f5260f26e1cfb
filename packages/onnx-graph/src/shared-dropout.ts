import { checkDropout, type DropoutMaskOptions, dropLimit, placeHashes, placeKeys } from './dropout-mask.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Value } from './value.js';

export interface SharedDropoutOptions extends Omit<DropoutMaskOptions, 'salt'> {
  /** One for each place of use. */
  readonly salts: readonly number[];
  /** The sizes of all tensors at these places: rows are all axes but the last. int64 scalars. */
  readonly rows: Value;
  readonly columns: Value;
}

/** What of such a tensor is at hand. */
export interface TensorPart {
  /** Numbers of its rows in the whole: int64 (N). */
  readonly rows: Value;
  /** How many columns it has, from the first on: int64 scalar. */
  readonly columns: Value;
}

/** `x` with some elements dropped and the others scaled. `g` is the graph of the hashes, or a body inside it. */
export type SharedDropout = (g: GraphBuilder, x: Value, salt: number, part?: TensorPart) => Value;

/**
 * Dropout at several places whose tensors have equally many rows and columns: hashes of all of them are computed together, so that
 * a place costs a dozen nodes in place of a hundred, which a runtime has to load. What is dropped is the same as with
 * `dropoutMask`; what was dropped is kept for the way back in one byte an element.
 * @throws {GraphError} `GRAPH_ARGUMENT_INVALID` for a probability outside [0, 1)
 */
export function sharedDropout(
  g: GraphBuilder,
  { seed, step, salts, probability, rows, columns }: SharedDropoutOptions,
): SharedDropout {
  const keys = placeKeys(g, { seed, step }, g.constant('uint64', [...salts], [salts.length, 1]));
  // (P, rows, 1) and (P, 1, columns).
  const lanes = (count: Value, numbers: readonly [number, number], axis: number): readonly [Value, Value] => {
    const both = placeHashes(g, keys, count, numbers, [2, 1, 1]);
    const [first, second] = [0, 1].map((i) => g.op.unsqueeze(g.op.gather(both, g.constant('int64', i)), [axis]));
    return [first!, g.op.mul(second!, 2)];
  };
  const [row, rowFactor] = lanes(rows, [0, 1], 2);
  const [column, columnFactor] = lanes(columns, [2, 3], 1);
  const oddRowFactor = g.op.add(rowFactor, 1);
  return (b, x, salt, part) => {
    checkDropout(x, probability);
    const place = b.constant('int64', salts.indexOf(salt));
    const ofRows = (hashes: Value): Value => {
      const own = b.op.gather(hashes, place);
      return part === undefined ? own : b.op.gather(own, part.rows);
    };
    const ofColumns = (hashes: Value): Value => {
      const own = b.op.gather(hashes, place);
      if (part === undefined) return own;
      const ends = b.op.reshape(part.columns, [1]);
      return b.op.slice(own, { starts: b.constant('int64', [0]), ends, axes: [1] });
    };
    const odd = b.op.add(ofRows(oddRowFactor), ofColumns(columnFactor));
    const drawn = b.op.mul(b.op.add(ofRows(row), ofColumns(column)), odd);
    const outputs = [{ type: 'bool', shape: x.shape }] as const;
    const isDropped = b.node('Reshape', [b.op.less(drawn, dropLimit(b, probability)), b.op.shape(x)], { outputs })[0]!;
    return b.op.where(isDropped, 0, b.op.mul(x, 1 / (1 - probability)));
  };
}
