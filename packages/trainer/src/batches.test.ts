import { expect, it } from 'vitest';
import { collateSteps, planBatches } from './batches.js';
import { parseRecipe } from './recipe.js';
import { IGNORE_INDEX, type TokenisedRow } from './tokenise.js';

const row = (index: number, length: number): TokenisedRow => ({
  index,
  ids: new Int32Array(length).fill(10 + index),
  labels: new Int32Array(length).fill(10 + index).fill(IGNORE_INDEX, 0, 1),
  offsets: new Int32Array(2 * length),
  targets: length - 1,
  truncated: false,
  doubleBos: false,
  learnsToStop: true,
});

it('plans every row once an epoch, in windows of batches, the last one incomplete', () => {
  const rows = Array.from({ length: 11 }, (_, i) => row(i, 3 + (i % 4)));
  const plan = planBatches(rows, parseRecipe({ batchSize: 2, gradientAccumulation: 2, epochs: 2 }));
  expect([plan.stepsPerEpoch, plan.totalSteps]).toEqual([3, 6]);
  const epoch = (first: number): number[] =>
    [0, 1, 2].flatMap((i) =>
      plan
        .window(first + i)
        .flat()
        .map(({ index }) => index),
    );
  expect(plan.window(2).map((batch) => batch.length)).toEqual([2, 1]);
  for (const first of [0, 3]) expect(epoch(first).toSorted((a, b) => a - b)).toEqual(rows.map(({ index }) => index));
  expect(epoch(3)).not.toEqual(epoch(0));
  // Any step can be asked for at any time: that is what resuming does.
  expect(plan.window(1)).toEqual(
    planBatches(rows, parseRecipe({ batchSize: 2, gradientAccumulation: 2, epochs: 2 })).window(1),
  );
});

it('pads steps of different sizes into one block and says how large each was', () => {
  const steps = collateSteps([[[row(0, 2), row(1, 3)], [row(2, 1)]], [[row(3, 2)]]], 7);
  expect(steps.tokens.dims).toEqual([2, 2, 2, 2, 3]);
  const X = IGNORE_INDEX;
  expect([...(steps.tokens.data as Int32Array)]).toEqual([
    ...[10, 10, 7, 11, 11, 11, X, 10, X, X, 11, 11],
    ...[12, 7, 7, 7, 7, 7, X, X, X, X, X, X],
    ...[13, 13, 7, 7, 7, 7, X, 13, X, X, X, X],
    ...[7, 7, 7, 7, 7, 7, X, X, X, X, X, X],
  ]);
  expect([...(steps.sizes.data as BigInt64Array)].map(Number)).toEqual([2, 3, 1, 1, 1, 2, 1, 1]);
  expect([...(steps.batches.data as BigInt64Array)]).toEqual([2n, 1n]);
  expect([steps.targets, steps.tokenCounts]).toEqual([
    [3, 1],
    [6, 2],
  ]);
});
