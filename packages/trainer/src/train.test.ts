import { fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '@flanlab/files';
import { readCheckpoint } from '@flanlab/language-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainEvent } from './events.js';
import type { Recipe } from './recipe.js';
import { TINY_ROWS, writeTinyModel } from './tiny-model.js';
import { type TrainOptions, train } from './train.js';

let folder = '';
let modelDir = '';
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainer-'));
  modelDir = join(folder, 'model');
  await writeTinyModel(modelDir);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const RECIPE: Partial<Recipe> = {
  learningRate: 3e-3,
  epochs: 5,
  batchSize: 2,
  target: 'completion',
  logEvery: 1,
  evalEvery: 0,
  saveEvery: 4,
  stepsPerRun: 3,
  groupByLength: true,
};
const LORA: Partial<Recipe> = {
  ...RECIPE,
  method: 'lora',
  gradientAccumulation: 2,
  learningRate: 2e-2,
  lora: { rank: 4, alpha: 8, dropout: 0.2, targetModules: ['q_proj', 'down_proj'] },
};

function prepare(recipe: Partial<Recipe>, more: Partial<TrainOptions> = {}): TrainOptions {
  const place = join(folder, `run-${runs++}`);
  return {
    modelDir,
    rows: TINY_ROWS,
    recipe,
    out: join(place, 'out'),
    runDir: join(place, 'run'),
    threads: 1,
    ...more,
  };
}

async function collect(
  options: TrainOptions,
  until: (event: TrainEvent) => boolean = () => false,
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

const losses = (events: readonly TrainEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'step-end' ? [event.loss] : []));
const atStep = (step: number) => (event: TrainEvent) => event.type === 'step-end' && event.step === step;
const weights = (options: TrainOptions): Promise<string> =>
  hashFile(join(options.out, options.recipe.method === 'lora' ? 'adapter_model.safetensors' : 'model.safetensors'));

describe('a full run', () => {
  it('learns, reports, and saves a model that can be read', async () => {
    const trainLog = {
      path: join(folder, 'train_logs.csv'),
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
    const options = prepare({ ...RECIPE, epochs: 15, evalEvery: 0.5 }, { evalRows: TINY_ROWS.slice(0, 3), trainLog });
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

describe.each([
  ['full', RECIPE],
  ['lora with dropout and accumulation', LORA],
] as const)('%s', (_name, recipe) => {
  it('has the same bits after an abort, a break, a damaged checkpoint, and in one go', async () => {
    const whole = prepare(recipe);
    await collect(whole);
    const expected = await weights(whole);
    const pieces = prepare(recipe);
    const controller = new AbortController();
    const first = await collect({ ...pieces, signal: controller.signal }, (event) => {
      if (atStep(1)(event)) controller.abort();
      return false;
    });
    expect(first.slice(-2)).toMatchObject([
      { type: 'checkpoint-saved', step: 3 },
      { type: 'interrupted', step: 3 },
    ]);
    const second = await collect(pieces, atStep(10)); // left without a word, as if killed
    expect(second[0]).toMatchObject({ type: 'started', step: 3 });
    const newest = (await readdir(pieces.runDir))
      .filter((name) => name.startsWith('checkpoint'))
      .sort((a, b) => Number(b.slice(11)) - Number(a.slice(11)))[0]!;
    expect(newest).toBe('checkpoint-8');
    const file = join(pieces.runDir, newest, 'model.safetensors');
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(file, bytes);
    const third = await collect(pieces);
    expect(third).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        code: 'checkpoint-damaged',
        message: expect.stringContaining('checkpoint-8'),
      }),
    );
    expect(third[0]).toMatchObject({ type: 'started', step: 4 });
    expect(await weights(pieces)).toBe(expected);
    const logged = (await readFile(join(pieces.runDir, 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(logged.map(({ step }) => step)).toEqual(logged.map((_, i) => i + 1));
    // Another seed is another run.
    const other = prepare({ ...recipe, seed: 7 });
    await collect(other);
    expect(await weights(other)).not.toBe(expected);
  }, 120_000);
});

it('has the same bits when the process is killed again and again, also while it saves', async () => {
  const recipe = { ...LORA, saveEvery: 1, epochs: 5, stepsPerRun: 1 };
  const whole = prepare(recipe);
  await collect(whole);
  const killed = prepare(recipe);
  await mkdir(killed.runDir, { recursive: true });
  const script = join(killed.runDir, '..', 'child.mjs');
  const dist = new URL('../dist/index.js', import.meta.url).href;
  await writeFile(
    script,
    `import { train } from ${JSON.stringify(dist)};
     for await (const event of train(${JSON.stringify(killed)})) process.send(event.type + (event.step ?? ''));
     process.exit(0);`,
  );
  /** Starts a process and kills it some milliseconds after a message. */
  const run = (message: string | undefined, delayMs = 0): Promise<number | null> =>
    new Promise((resolve) => {
      const child = fork(script, { execArgv: [] });
      child.on('message', (text) => {
        if (text === message) setTimeout(() => child.kill('SIGKILL'), delayMs);
      });
      child.on('exit', (code) => resolve(code));
    });
  const ends = [
    await run('step-end2'), // before the checkpoint of step 2 can be whole
    await run('step-end4', 4),
    await run('checkpoint-saved6', 1),
    await run('step-end8', 9),
  ];
  // On a machine under load a signal may come too late; not all of them do.
  expect(ends).toContain(null);
  expect(await run(undefined)).toBe(0);
  expect(await weights(killed)).toBe(await weights(whole));
  expect((await readdir(killed.runDir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}, 180_000);

it('drops inputs of the adapter when the recipe says so', async () => {
  const losses = [];
  for (const dropout of [0, 0.5]) {
    const options = prepare({ ...LORA, epochs: 2, lora: { ...LORA.lora!, dropout } });
    losses.push((await collect(options)).flatMap((event) => (event.type === 'step-end' ? [event.loss] : [])));
  }
  expect(losses[0]![0]).toBe(losses[1]![0]); // B is zero at first
  expect(losses[0]!.at(-1)).not.toBe(losses[1]!.at(-1));
});

describe('refusals', () => {
  it('stops when the loss is no number, and says where it began', async () => {
    const options = prepare({ ...RECIPE, learningRate: 1e30, warmupRatio: 0, saveEvery: 1 });
    await expect(collect(options)).rejects.toMatchObject({
      code: 'TRAINER_NON_FINITE',
      exitCode: 5,
      message: expect.stringMatching(/step \d+.*gradient/),
    });
    expect(await readdir(join(options.out, '..'))).toEqual(['run']); // nothing half-written
  });

  it('does not go on from the checkpoint of another run, unless told to start anew', async () => {
    const options = prepare({ ...RECIPE, epochs: 2 });
    await collect(options);
    const other = { ...options, recipe: { ...options.recipe, learningRate: 1e-3 } };
    await expect(collect(other)).rejects.toMatchObject({ code: 'TRAINER_RESUME_MISMATCH', exitCode: 2 });
    const anew = await collect({ ...other, resume: 'never' });
    expect(anew[0]).toMatchObject({ type: 'started', step: 0 });
    // Saving less often is no other run.
    const again = await collect({ ...other, recipe: { ...other.recipe, saveEvery: 3, stepsPerRun: 1 } });
    expect(again[0]).toMatchObject({ type: 'started', step: 8 });
  });

  it('of a model folder without weights leave no trace', async () => {
    const options = prepare(RECIPE, { modelDir: join(folder, 'nowhere') });
    await expect(collect(options)).rejects.toMatchObject({ code: 'CHECKPOINT_FILE_MISSING' });
    await expect(readdir(options.runDir)).rejects.toThrow();
  });
});
