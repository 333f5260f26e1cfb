import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrainEvent } from './events.js';
import { collect, FULL, hashWeights, openTestFolder } from './test-runs.js';
import { TINY_ROWS } from './tiny-model.js';
import type { TrainOptions } from './train.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

/** Evaluations are told these values, so that the best one is known. */
const SCORES: Readonly<Record<number, number>> = { 2: 1, 4: 5, 6: 3, 8: 4, 10: 4.5, 12: 2 };
const RECIPE = { ...FULL, epochs: 3, evalEvery: 2, saveEvery: 2, bestMetric: 'score', greaterIsBetter: true };
const MORE: Partial<TrainOptions> = {
  evalRows: TINY_ROWS.slice(0, 2),
  evaluate: async ({ step }) => ({ score: SCORES[step]! }),
};
const evaluated = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'evaluation-end' ? [[event.step, event.isBest]] : []));
const checkpoints = async ({ runDir }: TrainOptions) =>
  (await readdir(runDir)).filter((name) => name.startsWith('checkpoint')).sort();

it('ends with the parameters of the best evaluation, whose checkpoint outlives newer ones', async () => {
  const options = runs.prepare({ ...RECIPE, loadBest: true }, MORE);
  const events = await collect(options);
  expect(evaluated(events)).toEqual([
    [2, true],
    [4, true],
    [6, false],
    [8, false],
    [10, false],
    [12, false],
  ]);
  expect(await checkpoints(options)).toEqual(['checkpoint-12', 'checkpoint-4']);
  expect(events.at(-1)).toMatchObject({ type: 'finished', step: 12, savedStep: 4 });
  const values = async (path: string) => {
    const { tensors } = await readSafetensors(path);
    return Promise.all([...tensors].map(async ([name, tensor]) => [name, await tensor.float32()] as const));
  };
  const best = new Map(await values(join(options.runDir, 'checkpoint-4', 'model.safetensors')));
  for (const [name, value] of await values(join(options.out, 'model.safetensors'))) {
    expect(value, name).toEqual(best.get(name));
  }
  const rows = (await readFile(join(options.runDir, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((x) => JSON.parse(x));
  expect(rows.filter((row) => 'eval_score' in row).map((row) => [row.step, row.eval_score])).toEqual(
    Object.entries(SCORES).map(([step, score]) => [Number(step), score]),
  );
});

it('saves a best evaluation that no checkpoint was due at', async () => {
  const options = runs.prepare({ ...RECIPE, saveEvery: 6, loadBest: true }, MORE);
  await collect(options);
  expect(await checkpoints(options)).toEqual(['checkpoint-12', 'checkpoint-4']);
});

it('takes the last parameters unless told to take the best', async () => {
  const options = runs.prepare(RECIPE, MORE);
  expect((await collect(options)).at(-1)).toMatchObject({ savedStep: 12 });
  expect(await checkpoints(options)).toEqual(['checkpoint-10', 'checkpoint-12']);
});

it('stops early, the same when it is interrupted before, and stays stopped', async () => {
  const recipe = { ...RECIPE, earlyStopping: { patience: 2, threshold: 0 }, loadBest: true };
  const whole = runs.prepare(recipe, MORE);
  const events = await collect(whole);
  expect(events.slice(-2)).toMatchObject([
    { type: 'stopped-early', step: 8, evaluations: 2 },
    { type: 'finished', step: 8, savedStep: 4 },
  ]);
  const pieces = runs.prepare(recipe, MORE);
  await collect(pieces, (event) => event.type === 'evaluation-end' && event.step === 6); // left before it saves
  expect((await collect(pieces)).at(-1)).toMatchObject({ type: 'finished', step: 8, savedStep: 4 });
  expect(await hashWeights(pieces)).toBe(await hashWeights(whole));
  const again = await collect(pieces);
  expect(again.map(({ type }) => type)).toEqual(['started', 'stopped-early', 'finished']);
});

it('leaves an evaluation when it is asked to stop, and does it after the resume', async () => {
  const controller = new AbortController();
  const options = runs.prepare({ ...RECIPE, saveEvery: 0, batchSize: 1, stepsPerRun: 2 }, MORE);
  const stopAt2 = (event: TrainEvent): boolean => {
    if (event.type === 'step-end' && event.step === 2) controller.abort('time is up');
    return false;
  };
  const first = await collect({ ...options, signal: controller.signal }, stopAt2);
  expect(first.slice(-2)).toMatchObject([
    { type: 'checkpoint-saved', step: 2 },
    { type: 'interrupted', step: 2, reason: 'time is up' },
  ]);
  expect(evaluated(first)).toEqual([]);
  const second = await collect(options, (event) => event.type === 'evaluation-end');
  expect(second.map((event) => [event.type, 'step' in event ? event.step : 0])).toEqual([
    ['started', 2],
    ['evaluation-end', 2],
  ]);
});

it('goes on from the checkpoint it is told, and removes later ones', async () => {
  const recipe = { ...FULL, epochs: 3, saveEvery: 3, keepCheckpoints: 9 };
  const whole = runs.prepare(recipe);
  await collect(whole);
  const expected = await hashWeights(whole);
  const resume = join(whole.runDir, 'checkpoint-6');
  const events = await collect({ ...whole, resume }, (event) => event.type === 'started');
  expect(events[0]).toMatchObject({ type: 'started', step: 6 });
  expect(await checkpoints(whole)).toEqual(['checkpoint-3', 'checkpoint-6']);
  await collect({ ...whole, resume });
  expect(await hashWeights(whole)).toBe(expected);
  await expect(collect({ ...whole, resume: join(whole.runDir, 'checkpoint-5') })).rejects.toMatchObject({
    code: 'FILES_NOT_FOUND',
  });
});

it('refuses to choose by evaluations that there are none of', async () => {
  await expect(collect(runs.prepare({ ...FULL, loadBest: true }))).rejects.toMatchObject({
    code: 'TRAINER_METRIC_MISSING',
    exitCode: 2,
  });
});
