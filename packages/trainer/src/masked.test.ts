import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  initialiseWeights,
  parseEncoderConfig,
  readEncoderCheckpoint,
  trainBytePairEncoding,
  writeCheckpoint,
} from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TINY_ROWS, writeTinyModel } from './tiny-model.js';
import { train } from './train.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masked-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = {
  objective: 'masked',
  learningRate: 5e-3,
  epochs: 20,
  batchSize: 4,
  evalEvery: 0.5,
  saveEvery: 0,
} as const;

it('an encoder learns to guess hidden tokens', async () => {
  const modelDir = join(folder, 'bert');
  const config = parseEncoderConfig({
    architectures: ['BertForMaskedLM'],
    model_type: 'bert',
    vocab_size: 300,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 64,
    pad_token_id: 0,
  });
  const specialTokens = ['[PAD]', '[CLS]', '[SEP]', '[MASK]'];
  const wrapped = { before: ['[CLS]'], after: ['[SEP]'] };
  const tokenizer = trainBytePairEncoding(
    TINY_ROWS.map(({ text }) => text),
    { vocabularySize: 300, specialTokens, ...wrapped },
  );
  const files = { 'tokenizer.json': tokenizer, 'tokenizer_config.json': { pad_token: '[PAD]' } };
  await writeCheckpoint(modelDir, { config, tensors: initialiseWeights(config, 1), files });
  const options = {
    modelDir,
    rows: TINY_ROWS,
    evalRows: TINY_ROWS,
    recipe,
    out: join(folder, 'out'),
    runDir: join(folder, 'run'),
    threads: 1,
  };
  const evaluations: number[] = [];
  let first = Number.NaN;
  for await (const event of train(options)) {
    if (event.type === 'step-end' && event.step === 1) first = event.loss;
    if (event.type === 'evaluation-end') evaluations.push(event.loss);
  }
  expect(first).toBeGreaterThan(5); // ln 300 = 5.7
  expect(evaluations).toHaveLength(2);
  expect(evaluations[1]).toBeLessThan(4);
  const trained = await readEncoderCheckpoint(options.out, { head: true });
  expect(trained.config.architecture).toBe('BertForMaskedLM');
});

it('a decoder is refused, for nothing can be hidden from it', async () => {
  const modelDir = join(folder, 'llama');
  await writeTinyModel(modelDir);
  const events = train({ modelDir, rows: TINY_ROWS, recipe, out: join(folder, 'o'), runDir: join(folder, 'r') });
  await expect(events.next()).rejects.toMatchObject({ code: 'MODEL_ARCHITECTURE_UNKNOWN' });
});
