import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialiseWeights, parseModelConfig, readCheckpoint, writeCheckpoint } from '@flanlab/language-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, FULL, LORA, losses, openTestFolder } from './test-runs.js';
import { TINY_ROWS } from './tiny-model.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

describe('a full run', () => {
  it('learns, reports, and saves a model that can be read', async () => {
    const trainLog = {
      path: join(runs.folder, 'train_logs.csv'),
      row: {
        job_id: 'job-0',
        run_name: 'r',
        model_name: 'tiny',
        dataset: 'd',
        outer_template: '',
        inner_template: '',
        num_inner: 0,
      },
    };
    const options = runs.prepare(
      { ...FULL, epochs: 15, evalEvery: 0.5 },
      { evalRows: TINY_ROWS.slice(0, 3), trainLog },
    );
    const events = await collect(options);
    expect(events[0]).toMatchObject({
      type: 'started',
      step: 0,
      totalSteps: 60,
      stepsPerEpoch: 4,
      frozenParameters: 0,
    });
    expect(events.at(-1)).toMatchObject({ type: 'finished', step: 60, out: options.out });
    expect(losses(events)).toHaveLength(60);
    expect(losses(events)[0]).toBeGreaterThan(5); // ln 300 = 5.7: it knows nothing
    expect(losses(events).at(-1)).toBeLessThan(2);
    const evaluations = events.flatMap((event) => (event.type === 'evaluation-end' ? [event] : []));
    expect(evaluations.map(({ step }) => step)).toEqual([30, 60]);
    expect(evaluations[1]!.loss).toBeLessThan(evaluations[0]!.loss);
    expect((await readCheckpoint(options.out)).tensors.size).toBe(21);
    const rows = (await readFile(join(options.runDir, 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.filter((row) => 'loss' in row).map(({ step }) => step)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    expect(Object.keys(rows[0])).toEqual([
      'step',
      'loss',
      'learning_rate',
      'grad_norm',
      'tokens_per_second',
      'epoch',
      'targets',
      'time',
    ]);
    expect(rows[0].learning_rate).toBe(0); // the warm-up starts at nothing
    expect(await readFile(trainLog.path, 'utf8')).toContain('job-0,42,r,tiny,d,,,0,15,7,2,cpu');
    expect((await readdir(options.runDir)).sort()).toEqual([
      'artifacts',
      'checkpoint-56',
      'checkpoint-60',
      'metrics.jsonl',
    ]);
  });
});

it('rates each step by its share of the time of its run', async () => {
  let time = 0;
  const now = () => (time += 3000);
  // Every run has three steps and, by this clock, takes three seconds: a step's rate is its number of tokens.
  const options = runs.prepare({ ...FULL, epochs: 3, saveEvery: 3, stepsPerRun: 3 }, { now });
  const [started] = await collect(options);
  const rows = (await readFile(join(options.runDir, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(12);
  const rates = rows.reduce((sum, row) => sum + row.tokens_per_second, 0);
  expect(started).toMatchObject({ type: 'started', data: { tokens: rates / 3 } });
});

it('drops inputs of the adapter when the recipe says so', async () => {
  const losses = [];
  for (const dropout of [0, 0.5]) {
    const options = runs.prepare({ ...LORA, epochs: 2, lora: { ...LORA.lora!, dropout } });
    losses.push((await collect(options)).flatMap((event) => (event.type === 'step-end' ? [event.loss] : [])));
  }
  expect(losses[0]![0]).toBe(losses[1]![0]); // B is zero at first
  expect(losses[0]!.at(-1)).not.toBe(losses[1]!.at(-1));
});

it.each([
  { model_type: 'gpt2', n_embd: 8, n_layer: 1, n_head: 2, n_positions: 9 },
  {
    model_type: 'falcon',
    alibi: true,
    multi_query: false,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 9,
  },
])('cuts rows to the table of positions of a model that has one: $model_type', async (json) => {
  const config = parseModelConfig({ ...json, vocab_size: 300, eos_token_id: 2 });
  const dir = join(runs.folder, json.model_type);
  await writeCheckpoint(dir, { config, tensors: initialiseWeights(config, 1), tokenizerFrom: runs.modelDir });
  const options = runs.prepare({ maxSteps: 1, batchSize: 7, target: 'all' }, { modelDir: dir });
  const events = await collect(options);
  expect(events[0]).toMatchObject({ data: { longest: 9, truncated: 4 } });
  expect(events[1]).toMatchObject({ type: 'warning', code: 'rows-truncated' });
  expect(events.at(-1)).toMatchObject({ type: 'finished', step: 1 });
});

it('asked to stop before it began, saves where it stands and goes on from there', async () => {
  const options = runs.prepare({ ...FULL, maxSteps: 2 });
  const events = await collect({ ...options, signal: AbortSignal.abort() });
  expect(events.slice(-2)).toMatchObject([
    { type: 'checkpoint-saved', step: 0 },
    { type: 'interrupted', step: 0 },
  ]);
  expect((await collect(options)).at(-1)).toMatchObject({ type: 'finished', step: 2 });
});

describe('refusals', () => {
  it('stops when the loss is no number, and says where it began', async () => {
    const options = runs.prepare({ ...FULL, learningRate: 1e30, warmupRatio: 0, saveEvery: 1 });
    await expect(collect(options)).rejects.toMatchObject({
      code: 'TRAINER_NON_FINITE',
      exitCode: 5,
      message: expect.stringMatching(/step \d+.*gradient/),
    });
    expect(await readdir(join(options.out, '..'))).toEqual(['run']); // nothing half-written
  });

  it('does not go on from the checkpoint of another run, unless told to start anew', async () => {
    const options = runs.prepare({ ...FULL, epochs: 2 });
    await collect(options);
    const other = { ...options, recipe: { ...options.recipe, learningRate: 1e-3 } };
    await expect(collect(other)).rejects.toMatchObject({ code: 'TRAINER_RESUME_MISMATCH', exitCode: 2 });
    const anew = await collect({ ...other, resume: 'never' });
    expect(anew[0]).toMatchObject({ type: 'started', step: 0 });
    // Saving less often is no other run.
    const again = await collect({ ...other, recipe: { ...other.recipe, saveEvery: 3, stepsPerRun: 1 } });
    expect(again[0]).toMatchObject({ type: 'started', step: 8 });
  });

  it('of a place that cannot be written come before the training', async () => {
    const options = runs.prepare(FULL);
    await writeFile(join(runs.folder, 'file'), '');
    await expect(collect({ ...options, out: join(runs.folder, 'file', 'out') })).rejects.toMatchObject({
      code: 'FILES_NOT_A_FOLDER',
    });
    await expect(readdir(options.runDir)).rejects.toThrow();
  });

  it('of a model folder without weights leave no trace', async () => {
    const options = runs.prepare(FULL, { modelDir: join(runs.folder, 'nowhere') });
    await expect(collect(options)).rejects.toMatchObject({ code: 'CHECKPOINT_FILE_MISSING' });
    await expect(readdir(options.runDir)).rejects.toThrow();
  });
});
