import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Evaluation, readSamples } from '@flanlab/evaluator';
import { writeJsonLines } from '@flanlab/files';
import {
  adapterParameters,
  quantiseWeights,
  readCheckpoint,
  writeAdapter,
  writeCheckpoint,
} from '@flanlab/language-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPromptFiles } from '../prompts/create-prompt-files.js';
import { writeSmallModel } from './small-model.js';
import { type TestModelOptions, testModel } from './test-model.js';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-quirks-'));
  await writeSmallModel(at('model'));
  // Rows that say where they stand, one of the sizes for which the reference's draws are known.
  const rows = Array.from({ length: 5000 }, (_, n) => ({ text: `${n}`, labels: 'yes', gold_options: ['yes', 'no'] }));
  await writeJsonLines(at('prompts/regular/cola/test.jsonl'), rows);
});
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;
/** What one test comes to, in a folder of its own. */
async function tested(compat: boolean, more: Partial<TestModelOptions>): Promise<Evaluation & { samples: string }> {
  runs += 1;
  const events = testModel({
    ...{ modelDir: at('model'), tasks: ['cola'], mode: 'base', prompts: at('prompts'), numTest: 5, seed: 42 },
    ...{ maxNewTokens: 1, threads: 1, compat, out: at(`out-${runs}`), ...more },
  });
  for await (const event of events) {
    if (event.type === 'finished') return { ...event.evaluation, samples: event.paths.samples };
  }
  throw new Error('It did not finish.');
}

const tokens = ({ rows }: Evaluation): readonly string[] => rows.map(({ response }) => response);

/** What each mode does, for the quirks of tests that show once a model is loaded. */
const QUIRKS: Readonly<Record<string, (compat: boolean) => Promise<void>>> = {
  Q48: async (compat) => {
    const drawn = async (seed: number) => (await tested(compat, { seed })).rows.map(({ prompt }) => Number(prompt));
    // CPython's random.seed(n); random.sample(range(5000), 5). Loading the model changes neither.
    expect(await drawn(42)).toEqual([912, 204, 2253, 2006, 1828]);
    expect(await drawn(0)).toEqual([3155, 3445, 331, 2121, 4188]);
  },
  Q67: async (compat) => {
    const pair = { sentence1: 'A man plays.', sentence2: 'A man is playing.' };
    const rows = [0, 0.4, 1.6, 2.8, 5].map((label, idx) => ({ ...pair, label, idx }));
    for (const split of ['train', 'validation']) await writeJsonLines(at(`data/stsb/${split}.jsonl`), rows);
    const prompts = at(`stsb-${compat}`);
    const common = {
      tasks: ['stsb'],
      templates: 'builtin',
      seed: 1,
      format: 'jsonl',
      data: at('data'),
      out: prompts,
    } as const;
    await createPromptFiles({ ...common, kind: 'samplegen', use: 'test', compat });
    const how = { tasks: ['stsb'], prompts, promptFormat: 'mix_prompts' } as const;
    const { samples } = await tested(compat, { ...how, mode: 'direct' });
    for (const { target, options } of await readSamples(samples)) expect(options).toContain(target);
    const onSamples = await tested(compat, { ...how, mode: 'pipeline-model', samples });
    for (const { target } of onSamples.rows) expect(target).toMatch(/^[0-5]$/);
  },
  Q77: async (compat) => {
    const base = await readCheckpoint(at('model'));
    const rounded = quantiseWeights(base, { kind: 'nf4', blockSize: 64, doubleQuant: true });
    await writeCheckpoint(at('rounded'), { ...rounded, tokenizerFrom: at('model') });
    // An adapter that changes nothing: what it is added to shows.
    const config = { rank: 2, alpha: 2, dropout: 0, targetModules: ['q_proj'], useRsLora: false };
    const zeros = adapterParameters(base.config, config).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, { type: 'float32', dims: shape, data }] as const;
    });
    await writeAdapter(at('adapter'), { model: base.config, config, tensors: new Map(zeros) });
    const answers = async (more: Partial<TestModelOptions>) =>
      tokens(await tested(compat, { maxNewTokens: 12, ...more }));
    const [whole, inFourBits] = [await answers({}), await answers({ modelDir: at('rounded') })];
    expect(whole).not.toEqual(inFourBits);
    const direct = await answers({ adapterDir: at('adapter'), mode: 'direct' });
    expect(direct).toEqual(compat ? inFourBits : whole);
  },
};

describe.each(Object.entries(QUIRKS))('%s', (_, check) => {
  it('in compat mode', () => check(true));
  it('by default', () => check(false));
});
