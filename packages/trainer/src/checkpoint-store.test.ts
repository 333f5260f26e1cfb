import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_EVALUATIONS } from './best-evaluation.js';
import {
  latestCheckpoint,
  readBestCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  type TrainerState,
} from './checkpoint-store.js';
import { DEFAULT_RECIPE } from './recipe.js';
import { moment1Name, moment2Name } from './state-names.js';

const TRAINED = [{ name: 'w', shape: [2] }];
const stateAt = (step: number): TrainerState => ({
  ...{ step, totalSteps: 90, epoch: step / 90, recipe: DEFAULT_RECIPE, identity: 'x', loss: null },
  ...{ evaluations: NO_EVALUATIONS, sinceLog: { steps: 1, loss: 0.1 + 0.2, targets: 3 } },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
  const names = ['w', moment1Name('w'), moment2Name('w')];
  const tensors = Object.fromEntries(
    names.map((name) => [name, { type: 'float32' as const, dims: [2], data: Float32Array.of(1, 2) }]),
  );
  for (const step of [10, 20]) {
    await saveCheckpoint(folder, stateAt(step), TRAINED, tensors, { keep: 2, best: undefined });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('passes over a checkpoint whose state was changed, be it by one digit', async () => {
  expect((await readCheckpoint(join(folder, 'checkpoint-20'), TRAINED)).state).toEqual(stateAt(20));
  const path = join(folder, 'checkpoint-20', 'trainer_state.json');
  const text = await readFile(path, 'utf8');
  expect(text).toContain('"step": 20');
  await writeFile(path, text.replace('"step": 20', '"step": 21'));
  const passed: string[] = [];
  const found = await latestCheckpoint(folder, TRAINED, (_path, reason) => passed.push(reason));
  expect(found?.state.step).toBe(10);
  expect(passed.join()).toContain('cannot be used');
});

it('says what can be done about a lost checkpoint of the best evaluation', async () => {
  await expect(readBestCheckpoint(folder, 15, TRAINED)).rejects.toMatchObject({
    code: 'TRAINER_CHECKPOINT_DAMAGED',
    what: expect.stringContaining('best evaluation'),
    fix: expect.stringContaining('loadBest: false'),
  });
});
