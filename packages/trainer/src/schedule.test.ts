import { expect, it } from 'vitest';
import { countSteps, intervalSteps, isDue, learningRateAt, warmupSteps } from './schedule.js';

// transformers get_{linear,cosine,constant}_schedule_with_warmup(3 warm-up, 10 steps), base rate 1, last_epoch 0 … 9.
it.each([
  ['linear', [0, 1 / 3, 2 / 3, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]],
  ['cosine', [0, 1 / 3, 2 / 3, 1, 0.950484, 0.811745, 0.61126, 0.38874, 0.188255, 0.049516]],
  ['constant', [0, 1 / 3, 2 / 3, 1, 1, 1, 1, 1, 1, 1]],
] as const)('%s follows transformers, with a first step of rate 0', (schedule, expected) => {
  const plan = { schedule, learningRate: 1, warmupSteps: 3, totalSteps: 10 };
  for (const [step, rate] of expected.entries()) expect(learningRateAt(step, plan)).toBeCloseTo(rate, 6);
});

it('starts at the peak without a warm-up', () => {
  const plan = { schedule: 'linear', learningRate: 5e-5, warmupSteps: 0, totalSteps: 4 } as const;
  for (const [step, rate] of [5e-5, 3.75e-5, 2.5e-5, 1.25e-5].entries()) {
    expect(learningRateAt(step, plan)).toBeCloseTo(rate, 18);
  }
});

it('gives the counts of the worked example: 20000 rows, batch 2, one epoch', () => {
  const { totalSteps } = countSteps(20_000, { batchSize: 2, gradientAccumulation: 1, epochs: 1 });
  expect(totalSteps).toBe(10_000);
  expect(warmupSteps(0.03, totalSteps)).toBe(300);
  expect([0.1, 0.2, 500, 0].map((interval) => intervalSteps(interval, totalSteps))).toEqual([1000, 2000, 500, 0]);
});

it.each([
  // rows, batch, accumulation, epochs, max → batches, steps per epoch, total
  [10, 4, 1, 1, undefined, 3, 3, 3],
  [10, 4, 2, 1, undefined, 3, 2, 2], // the second window has one batch only
  [10, 4, 2, 1.5, undefined, 3, 2, 3],
  [10, 4, 2, 3, 5, 3, 2, 5],
])(
  'counts steps of %i rows in batches of %i × %i, %f epochs',
  (rows, batchSize, gradientAccumulation, epochs, maxSteps, ...expected) => {
    const counts = countSteps(rows, {
      batchSize,
      gradientAccumulation,
      epochs,
      ...(maxSteps === undefined ? {} : { maxSteps }),
    });
    expect([counts.batchesPerEpoch, counts.stepsPerEpoch, counts.totalSteps]).toEqual(expected);
  },
);

it('rounds small shares up to at least one step, and 0 means never', () => {
  expect(intervalSteps(0.1, 3)).toBe(1);
  expect([1, 2, 3].map((step) => isDue(2, step))).toEqual([false, true, false]);
  expect(isDue(0, 5)).toBe(false);
});
