import { NumpyGenerator } from '@flanlab/random';
import { MixtureError } from './errors.js';

export const STOPPING_STRATEGIES = ['first_exhausted', 'all_exhausted', 'all_exhausted_without_replacement'] as const;

/**
 * When to stop: with the last row of the first source that runs out; when each was used up once (short ones repeat); or when each row
 * was taken exactly once (what is drawn of a source that ran out is passed over).
 */
export type StoppingStrategy = (typeof STOPPING_STRATEGIES)[number];

export interface InterleaveOptions {
  /** One per source, sum 1; in turn when left out. A source of rate 0 is never drawn, so only `first_exhausted` can end with one. */
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
  checkSizes(sizes, probabilities);
  if (probabilities === undefined) {
    yield* inTurn(sizes, stoppingStrategy);
    return;
  }
  checkRates(sizes, probabilities, stoppingStrategy);
  const repeats = stoppingStrategy !== 'all_exhausted_without_replacement';
  const next = new Array<number>(sizes.length).fill(0);
  const exhausted = new Set<number>();
  const enough = stoppingStrategy === 'first_exhausted' ? 1 : sizes.length;
  for (const source of draws(sizes.length, probabilities, seed)) {
    if (exhausted.size >= enough) return;
    if (!repeats && exhausted.has(source)) continue;
    yield [source, next[source]!];
    next[source]! += 1;
    if (next[source]! >= sizes[source]!) {
      exhausted.add(source);
      next[source] = 0;
    }
  }
}

function* inTurn(sizes: readonly number[], strategy: StoppingStrategy): Generator<PickedRow, void, undefined> {
  const rounds = strategy === 'first_exhausted' ? Math.min(...sizes) : Math.max(...sizes);
  for (let round = 0; round < rounds; round++) {
    for (const [source, size] of sizes.entries()) {
      if (round < size || strategy === 'all_exhausted') yield [source, round % size];
    }
  }
}

function* draws(count: number, probabilities: readonly number[], seed: number): Generator<number, never, undefined> {
  const generator = new NumpyGenerator(seed);
  for (;;) yield* generator.choiceWithP(count, 1000, probabilities);
}

function checkSizes(sizes: readonly number[], rates: readonly number[] | undefined): void {
  const empty = sizes.findIndex((size, source) => !(size > 0) && rates?.[source] !== 0);
  if (sizes.length > 0 && empty < 0) return;
  throw new MixtureError('MIXTURE_EMPTY', {
    what: 'Sources cannot be interleaved.',
    why: sizes.length === 0 ? 'There is none.' : `Source ${empty} has no rows.`,
    fix: 'Leave empty sources out.',
  });
}

/** How far from 1 NumPy lets a sum of probabilities be. */
const SUM_TOLERANCE = Math.sqrt(Number.EPSILON);

function checkRates(sizes: readonly number[], rates: readonly number[], strategy: StoppingStrategy): void {
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  // A source that is never drawn is never used up, so that waiting for all would not end.
  const allowed = (rate: number): boolean => (strategy === 'first_exhausted' ? rate >= 0 : rate > 0);
  if (rates.length === sizes.length && rates.every(allowed) && Math.abs(total - 1) <= SUM_TOLERANCE) return;
  throw new MixtureError('MIXTURE_RATES_INVALID', {
    what: 'Sources cannot be drawn with these rates.',
    why: `${sizes.length} rates with sum 1 are needed, above 0 unless the first source that runs out ends it; there are ${rates.length} with sum ${total}.`,
    fix: 'Leave compat mode, which does not rescale rates after a temperature, or correct the rates.',
  });
}
