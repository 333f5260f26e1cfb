import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentGrowth } from '@flanlab/onnx-session/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initialiseWeights } from '../checkpoint/initialise-weights.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { parseModelConfig } from '../families/parse-config.js';
import { openGenerator } from './open-generator.js';
import { generatorFixture } from './test-generators.js';

const MIB = 2 ** 20;
let modelDir: string;
beforeAll(async () => {
  modelDir = join(await mkdtemp(join(tmpdir(), 'memory-')), 'model');
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 8192,
    hidden_size: 128,
    intermediate_size: 128,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    max_position_embeddings: 64,
    tie_word_embeddings: false,
  });
  const tensors = initialiseWeights(config, 1);
  await writeCheckpoint(modelDir, { config, tensors, tokenizerFrom: generatorFixture('llama') });
});
afterAll(() => rm(join(modelDir, '..'), { recursive: true }));

it('gives memory back: 50 generators, one after the other, leave no trace of their 8 MiB each', async () => {
  const cycle = async (): Promise<void> => {
    await using generator = await openGenerator({ modelDir, threads: 1 });
    for await (const { tokens } of generator.generate(['a b'], { maxNewTokens: 2, stopTokenIds: [] })) {
      expect(tokens).toHaveLength(2);
    }
  };
  // The weights would be 400 MiB.
  expect((await residentGrowth(cycle)) / MIB).toBeLessThan(150);
}, 240_000);
