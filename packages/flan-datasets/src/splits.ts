import { NumpyGenerator } from '@flanlab/random';
import { DatasetError } from './errors.js';
import type { Mode, TaskSpec } from './task-spec.js';

/** What rows are wanted for. */
export type SplitUse = 'train' | 'test';

/** The split a task takes for training or testing; in compat mode the reference's choice (behaviour 3). */
export function splitFor({ splits }: TaskSpec, use: SplitUse, { compat }: Pick<Mode, 'compat'>): string {
  const { train, test, compatTest = test } = splits;
  return use === 'train' ? train : compat ? compatTest : test;
}

/** The stored split that answers a request for `split`: some tasks publish fewer, or under other names. */
export function storedSplit({ splits }: TaskSpec, split: string): string {
  return splits.stored?.[split] ?? split;
}

/** Seed of the partition of SampleGen training data. */
export const PARTITION_SEED = 25;

/**
 * Cuts the rows of one task in two: the first half supplies main samples, the second, one longer when the count is odd,
 * in-context samples. Indices in the order of NumPy's `default_rng(25).permutation(n)` (behaviour 2.3).
 */
export function partitionIndices(count: number): { readonly main: Uint32Array; readonly inContext: Uint32Array } {
  const order = new NumpyGenerator(PARTITION_SEED).permutation(count);
  const half = Math.floor(count / 2);
  return { main: order.subarray(0, half), inContext: order.subarray(half) };
}

/** Rejects a split name that could leave its folder. */
export function checkSplitName(split: string): void {
  if (/^[\w.-]+$/.test(split) && !/^\.+$/.test(split)) return;
  throw new DatasetError(
    'DATASET_SPLIT_UNKNOWN',
    {
      what: `"${split}" cannot be the name of a split.`,
      why: 'Split names hold letters, digits, dots, hyphens and underscores only.',
      fix: 'Use train, validation or test.',
    },
    { kind: 'usage' },
  );
}
