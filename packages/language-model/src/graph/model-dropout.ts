import { type GraphBuilder, type SharedDropout, sharedDropout, type Value } from '@flanlab/onnx-graph';

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

/**
 * Dropout at places of a model whose tensors have the same sizes, int64 scalars.
 * @param places a number of its own for each place in the model
 */
export function dropoutAt(
  g: GraphBuilder,
  { probability, seed, batch }: ModelDropout,
  places: readonly number[],
  sizes: { readonly rows: Value; readonly columns: Value },
): SharedDropout {
  const salts = places.map((place) => FIRST_SALT + place);
  const drop = sharedDropout(g, {
    seed: g.constant('uint32', seed % 2 ** 32),
    step: batch,
    probability,
    salts,
    ...sizes,
  });
  return (b, x, place, part) => drop(b, x, FIRST_SALT + place, part);
}
