import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rowsToGenerate, trainTestSplit } from './partition.js';

interface Case {
  readonly n: number;
  readonly test_size: number;
  readonly seed: number;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

const fixture = new URL('../fixtures/train-test-split.json', import.meta.url);
const { train_test_split: cases }: { readonly train_test_split: readonly Case[] } = JSON.parse(
  readFileSync(fixture, 'utf8'),
);

it.each(cases)(
  'cuts $n rows at $test_size with seed $seed as the datasets library',
  ({ n, test_size, seed, train, test }) => {
    expect(trainTestSplit(n, test_size, seed)).toEqual({ train, test });
  },
);

it.each([
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [5, 7],
  [8, 10],
  [10, 13],
  [100, 125],
  [1000, 1250],
  [30_000, 37_500],
])('makes enough rows for %i to train on: %i', (num, rows) => {
  expect(rowsToGenerate(num)).toBe(rows);
});
