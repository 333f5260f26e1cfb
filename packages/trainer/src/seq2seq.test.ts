import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  initialiseWeights,
  openGenerator,
  parseModelConfig,
  readAdapter,
  readCheckpoint,
  readSafetensors,
  scoreContinuations,
  trainBytePairEncoding,
  writeCheckpoint,
} from '@flanlab/language-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainEvent } from './events.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { expectSteps, expectWeights, type GoldenSteps } from './test-golden.js';
import { collect, hashWeights, losses } from './test-runs.js';
import { runSteps } from './test-steps.js';
import { TINY_ROWS } from './tiny-model.js';
import type { TrainOptions } from './train.js';

const golden = (name: string): string => fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url));

interface Golden extends GoldenSteps {
  readonly settings: Partial<Recipe> & {
    readonly warmupSteps: number;
    readonly lora?: { rank: number; alpha: number };
  };
}

describe.each(['t5-v1.1-full', 't5-v1.0-lora'])('%s', (name) => {
  it("gives PyTorch's losses, gradient norms, rates and weights over 20 steps", async () => {
    const expected = JSON.parse(readFileSync(golden(`${name}.json`), 'utf8')) as Golden;
    const { warmupSteps, lora, ...settings } = expected.settings;
    const base = await readCheckpoint(golden(name.slice(0, 7)));
    const recipe = parseRecipe({
      ...settings,
      gradientAccumulation: 2,
      batchSize: 3,
      ...(lora ? { method: 'lora', lora: { ...lora, dropout: 0 } } : {}),
    });
    const steps = expected.steps.map((window) =>
      window.map((batch) =>
        batch.map(({ ids, labels }, index) => ({
          index,
          ids: Int32Array.from(ids),
          labels: Int32Array.from(labels),
          offsets: new Int32Array(2 * (ids.length + labels.length)),
          targets: labels.length,
          truncated: false,
          doubleBos: false,
          learnsToStop: false,
          decoded: true as const,
        })),
      ),
    );
    const plan = { totalSteps: steps.length, stepsPerEpoch: steps.length, window: (step: number) => steps[step]! };
    const start = lora ? (await readSafetensors(golden(`${name}-start.safetensors`))).tensors : base.tensors;
    const { results, parameters } = await runSteps({ base, start, recipe, plan, warmupSteps });
    expectSteps(results, expected);
    expectWeights(parameters, expected);
  });
});

let folder = '';
let modelDir = '';
let runs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seq2seq-'));
  modelDir = join(folder, 'model');
  const config = parseModelConfig({
    architectures: ['T5ForConditionalGeneration'],
    model_type: 't5',
    vocab_size: 300,
    d_model: 32,
    d_kv: 8,
    d_ff: 48,
    num_layers: 1,
    num_heads: 4,
    feed_forward_proj: 'gated-gelu',
    tie_word_embeddings: false,
    initializer_factor: 0.3,
    dropout_rate: 0.1,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0,
  });
  const tokenizer = trainBytePairEncoding(
    TINY_ROWS.map(({ text }) => text),
    { vocabularySize: 300, specialTokens: ['<pad>', '</s>'], after: ['</s>'] },
  );
  await writeCheckpoint(modelDir, {
    config,
    tensors: initialiseWeights(config, 1),
    files: { 'tokenizer.json': tokenizer, 'tokenizer_config.json': { eos_token: '</s>', pad_token: '<pad>' } },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const FULL: Partial<Recipe> = {
  learningRate: 1e-2,
  epochs: 5,
  batchSize: 2,
  logEvery: 1,
  saveEvery: 4,
  stepsPerRun: 3,
};
const LORA: Partial<Recipe> = {
  ...FULL,
  method: 'lora',
  gradientAccumulation: 2,
  lora: { rank: 4, alpha: 8, dropout: 0.2, targetModules: ['q', 'v', 'wi_0', 'EncDecAttention.o'] },
};

const prepare = (recipe: Partial<Recipe>, more: Partial<TrainOptions> = {}): TrainOptions => {
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
};

const promptOf = ({ text, labelStart }: (typeof TINY_ROWS)[number]): string => text.slice(0, labelStart);
const answerOf = ({ text, labelStart, labelEnd }: (typeof TINY_ROWS)[number]): string =>
  text.slice(labelStart, labelEnd);

it('learns to answer, and to stop, and says how it does on other rows', async () => {
  const options = prepare({ ...FULL, epochs: 30, evalEvery: 0.5, saveEvery: 0 }, { evalRows: TINY_ROWS.slice(0, 3) });
  const events = await collect(options);
  const all = losses(events);
  expect(all.at(-1)!).toBeLessThan(all[0]! / 20);
  expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  const evaluations = events.filter((event) => event.type === 'evaluation-end');
  expect(evaluations.at(-1)!.loss).toBeLessThan(0.2);
  await using generator = await openGenerator({ modelDir: options.out, threads: 1 });
  const responses: string[] = [];
  for await (const answer of generator.generate(TINY_ROWS.map(promptOf), { maxNewTokens: 12 })) {
    responses[answer.index] = answer.response;
    expect(answer.finish).toBe('stop');
  }
  expect(responses).toEqual(TINY_ROWS.map(answerOf));
}, 60_000);

it.each(['lora', 'qlora'] as const)(
  'trains an adapter that the generator merges: %s',
  async (method) => {
    const options = prepare({ ...LORA, method, epochs: 10, saveEvery: 0 });
    const all = losses(await collect(options));
    expect(all.at(-1)!).toBeLessThan(all[0]!);
    const { config } = await readCheckpoint(modelDir);
    expect((await readAdapter(options.out, config)).config.targetModules).toEqual([
      'EncDecAttention.o',
      'q',
      'v',
      'wi_0',
    ]);
    const likelihood = async (adapterDir?: string): Promise<number> => {
      await using generator = await openGenerator({ modelDir, threads: 1, ...(adapterDir ? { adapterDir } : {}) });
      let sum = 0;
      for (const row of TINY_ROWS) {
        sum += (await scoreContinuations(generator, promptOf(row), [answerOf(row)]))[0]!.logLikelihood;
      }
      return sum;
    };
    expect(await likelihood(options.out)).toBeGreaterThan(await likelihood());
  },
  60_000,
);

const atStep = (step: number) => (event: TrainEvent) => event.type === 'step-end' && event.step === step;

it.each([
  ['full, with dropout in the model', FULL],
  ['lora with dropout and accumulation', LORA],
  ['blocks computed again', { ...FULL, gradientCheckpointing: true }],
])(
  'has the same bits after an abort, a break, and in one go: %s',
  async (_name, recipe) => {
    const whole = prepare(recipe);
    await collect(whole);
    const pieces = prepare(recipe);
    const controller = new AbortController();
    const first = await collect({ ...pieces, signal: controller.signal }, (event) => {
      if (atStep(1)(event)) controller.abort();
      return false;
    });
    expect(first.at(-1)).toMatchObject({ type: 'interrupted' });
    await collect(pieces, atStep(6));
    await collect(pieces);
    expect(await hashWeights(pieces)).toBe(await hashWeights(whole));
  },
  60_000,
);

const evaluated = (events: readonly TrainEvent[]): number[] =>
  events.filter((event) => event.type === 'evaluation-end').map(({ loss }) => loss);

describe('dropout in the model', () => {
  // Nothing is learned, so that losses differ by what is dropped alone. One step sees all rows.
  const still: Partial<Recipe> = {
    ...FULL,
    learningRate: 0,
    batchSize: TINY_ROWS.length,
    epochs: 4,
    evalEvery: 1,
    saveEvery: 0,
  };
  const run = (recipe: Partial<Recipe>): Promise<TrainEvent[]> =>
    collect(prepare({ ...still, ...recipe }, { evalRows: TINY_ROWS }));

  it('is that of config.json in training, another one in each batch, and none in evaluation', async () => {
    const [dropping, whole] = [await run({}), await run({ dropout: 0 })];
    const plain = evaluated(whole);
    expect(new Set(plain).size).toBe(1);
    expect(evaluated(dropping)).toEqual(plain);
    for (const loss of losses(whole)) expect(loss).toBeCloseTo(plain[0]!, 4);
    expect(new Set(losses(dropping)).size).toBe(4);
    for (const loss of losses(dropping)) expect(Math.abs(loss - plain[0]!)).toBeGreaterThan(1e-3);
  });

  it('is that of the recipe where it says so, the same with blocks computed again, another with another seed', async () => {
    const given = losses(await run({ dropout: 0.3 }));
    expect(given).not.toEqual(losses(await run({})));
    expect(losses(await run({ dropout: 0.3, gradientCheckpointing: true }))).toEqual(given);
    expect(losses(await run({ dropout: 0.3, seed: 7 }))).not.toEqual(given);
  });
});
