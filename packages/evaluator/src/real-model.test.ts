import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  initialiseWeights,
  openGenerator,
  parseModelConfig,
  trainBytePairEncoding,
  writeCheckpoint,
} from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generatorResponder, type Responder } from './responder.js';
import { type RunTestOptions, runTest } from './run-test.js';

const PROMPTS = ['Is water wet?', 'Is the sky green, as some say?', 'Yes or no?', 'Is it late?', 'Is it late?'];
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flanlab-evaluator-model-'));
  const tokenizer = trainBytePairEncoding(PROMPTS, {
    vocabularySize: 300,
    specialTokens: ['<s>', '</s>'],
    before: ['<s>'],
  });
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    max_position_embeddings: 128,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    bos_token_id: 0,
    eos_token_id: 1,
  });
  await writeCheckpoint(join(root, 'model'), {
    config,
    tensors: initialiseWeights(config, 5),
    files: { 'tokenizer.json': tokenizer, 'tokenizer_config.json': { bos_token: '<s>', eos_token: '</s>' } },
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

function options(out: string, responder: Responder): RunTestOptions {
  return {
    responder,
    rows: PROMPTS.map((prompt) => ({ prompt, target: 'yes', options: ['yes', 'no'] })),
    ...{ task: 'bool_q', metric: 'accuracy', mode: 'base', runName: 'base' },
    ...{ out, codeVersion: '1', evalName: 'real' },
  };
}
const sampleFile = (out: string) => readFile(join(out, 'saved_models', 'base_model_evals', 'real.tsv'), 'utf8');

it('tests a model of @flanlab/language-model, and a stopped run ends in the same bytes', async () => {
  await using generator = await openGenerator({ modelDir: join(root, 'model'), threads: 1 });
  const responder = generatorResponder(generator, { maxNewTokens: 6, fingerprint: { weights: 'seed 5' } });
  const [whole, stopped] = [join(root, 'whole'), join(root, 'stopped')];
  for await (const event of runTest(options(whole, responder))) {
    if (event.type !== 'finished') continue;
    expect(event.evaluation.rows.every(({ tokens }) => tokens > 0 && tokens <= 6)).toBe(true);
    expect(event.evaluation.rows[3]!.response).toBe(event.evaluation.rows[4]!.response);
  }
  for await (const event of runTest(options(stopped, responder))) {
    if (event.type === 'row-end' && event.done === 2) break; // leaving the loop is how a caller stops
  }
  let asked = 0;
  for await (const event of runTest(options(stopped, responder))) {
    if (event.type === 'started') expect(event.done).toBe(2);
    if (event.type === 'row-end') asked++;
  }
  expect(asked).toBe(3);
  expect(await sampleFile(stopped)).toBe(await sampleFile(whole));
});
