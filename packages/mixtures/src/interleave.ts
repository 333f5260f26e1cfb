import { NumpyGenerator } from '@flanlab/random';
import { MixtureError } from './errors.js';

export const STOPPING_STRATEGIES = ['first_exhausted', 'all_exhausted'] as const;

/** When to stop: with the last row of the first source that runs out, or when each was used up once (short ones repeat). */
export type StoppingStrategy = (typeof STOPPING_STRATEGIES)[number];

export interface InterleaveOptions {
  /** One per source, sum 1; in turn when left out. */
  readonly probabilities?: readonly number[];
  readonly seed?: number;
  readonly stoppingStrategy?: StoppingStrategy;
}

/** A row of a source. */
export type PickedRow = readonly [source: number, row: number];

/**
 * The order in which `datasets.interleave_datasets` takes rows from sources of these sizes: source numbers are drawn in
 * blocks of 1000 with NumPy's `default_rng(seed).choice`, rows of a source come in order.
 *
 * @throws {MixtureError} `MIXTURE_RATES_INVALID` when the probabilities do not fit, `MIXTURE_EMPTY` for an empty source
 * @see huggingface/datasets `src/datasets/arrow_dataset.py`, `_interleave_map_style_datasets`
 */
export function* interleave(
  sizes: readonly number[],
  { probabilities, seed = 42, stoppingStrategy = 'first_exhausted' }: InterleaveOptions = {},
): Generator<PickedRow, void, undefined> {
  const empty = sizes.findIndex((size) => !(size > 0));
  if (sizes.length === 0 || empty >= 0) {
    throw new MixtureError('MIXTURE_EMPTY', {
      what: 'Sources cannot be interleaved.',
      why: sizes.length === 0 ? 'There is none.' : `Source ${empty} has no rows.`,
      fix: 'Leave empty sources out.',
    });
  }
  if (probabilities === undefined) {
    yield* inTurn(sizes, stoppingStrategy === 'all_exhausted' ? Math.max(...sizes) : Math.min(...sizes));
    return;
  }
  checkRates(sizes, probabilities);
  const next = new Array<number>(sizes.length).fill(0);
  const exhausted = new Set<number>();
  const enough = stoppingStrategy === 'all_exhausted' ? sizes.length : 1;
  for (const source of draws(sizes.length, probabilities, seed)) {
    if (exhausted.size >= enough) return;
    yield [source, next[source]!];
    next[source]! += 1;
    if (next[source]! >= sizes[source]!) {
      exhausted.add(source);
      next[source] = 0;
    }
  }
}

function* inTurn(sizes: readonly number[], rounds: number): Generator<PickedRow, void, undefined> {
  for (let round = 0; round < rounds; round++) {
    for (const [source, size] of sizes.entries()) yield [source, round % size];
  }
}

function* draws(count: number, probabilities: readonly number[], seed: number): Generator<number, never, undefined> {
  const generator = new NumpyGenerator(seed);
  for (;;) yield* generator.choiceWithP(count, 1000, probabilities);
}

function checkRates(sizes: readonly number[], rates: readonly number[]): void {
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  // 0 is refused too: such a source is never exhausted, so that all_exhausted would not end.
  const fits = rates.length === sizes.length && rates.every((rate) => rate > 0) && Math.abs(total - 1) < 1e-8;
  if (fits) return;
  throw new MixtureError('MIXTURE_RATES_INVALID', {
    what: 'Sources cannot be drawn with these rates.',
    why: `${sizes.length} rates above 0 with sum 1 are needed; there are ${rates.length} with sum ${total}.`,
    fix: 'Leave compat mode, which does not rescale rates after a temperature, or correct the rates.',
  });
}
