import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { quantiseWeights } from '../quantisation/quantise-weights.js';
import { type OpenGeneratorOptions, openGenerator } from './open-generator.js';
import { scoreContinuations } from './score-continuations.js';
import { generationGolden, generatorFixture } from './test-generators.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quantised-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(['llama', 'gpt2'])('computes with the weights that a QLoRA run on %s saw', async (name) => {
  const { options } = await generationGolden(name);
  const modelDir = generatorFixture(name);
  const quantization = { kind: 'nf4', blockSize: 64, doubleQuant: true } as const;
  const { config, tensors } = quantiseWeights(await readCheckpoint(modelDir), quantization);
  const rounded = join(folder, name);
  await writeCheckpoint(rounded, { config, tensors, tokenizerFrom: modelDir });
  const score = async (how: OpenGeneratorOptions) => {
    await using generator = await openGenerator({ ...how, threads: 1 });
    return await scoreContinuations(generator, options.prompt, options.continuations);
  };
  const quantised = await score({ modelDir, quantization });
  expect(quantised).toEqual(await score({ modelDir: rounded }));
  expect(quantised).not.toEqual(await score({ modelDir }));
});
