import {
  type DropoutMaskOptions,
  dropoutMask,
  type GraphBuilder,
  repeatableDropout,
  type Value,
} from '@flanlab/onnx-graph';

/** Dropout inside a model that learns: what is dropped is a function of these, and of the place in the model. */
export interface ModelDropout {
  /** Share of the elements, in [0, 1). */
  readonly probability: number;
  /** The same for a whole run. */
  readonly seed: number;
  /** Integer scalar that differs for each batch of a run. */
  readonly batch: Value;
}

// The numbers below are those of an adapter's layers.
const FIRST_SALT = 2 ** 24;

/** x with some elements dropped; x itself without dropout. @param place a number of its own for each place in the model */
export function dropped(g: GraphBuilder, dropout: ModelDropout | undefined, x: Value, place: number): Value {
  return dropout === undefined ? x : repeatableDropout(g, x, maskOptions(g, dropout, place));
}

/** What {@link dropped} multiplies some of the rows of a larger tensor with, whose numbers there are `rows`: int64. */
export function droppedRows(g: GraphBuilder, dropout: ModelDropout, like: Value, place: number, rows: Value): Value {
  return dropoutMask(g, like, { ...maskOptions(g, dropout, place), rows });
}

function maskOptions(g: GraphBuilder, { probability, seed, batch }: ModelDropout, place: number): DropoutMaskOptions {
  return { seed: g.constant('uint32', seed % 2 ** 32), step: batch, salt: FIRST_SALT + place, probability };
}
