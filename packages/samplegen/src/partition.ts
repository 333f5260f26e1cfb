import { NumpyGenerator } from '@flanlab/random';

/** Row numbers in two parts. */
export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** How many rows to make so that `num` are left for training after {@link trainTestSplit} with a test share of 0.2. */
export function rowsToGenerate(num: number): number {
  return Math.ceil(num / 0.8);
}

/**
 * Cuts rows 0 … n - 1 at random, as `Dataset.train_test_split(test_size, seed)` does: the first ⌈share · n⌉ numbers of
 * the permutation are the test part, the rest is the training part, both in the order drawn.
 */
export function trainTestSplit(rowCount: number, testShare: number, seed: number): Split {
  const order = new NumpyGenerator(seed).permutation(rowCount);
  const cut = Math.ceil(testShare * rowCount);
  return { test: [...order.subarray(0, cut)], train: [...order.subarray(cut)] };
}
