import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAdapter } from '../adapter/adapter.js';
import { parseAdapterConfig } from '../adapter/adapter-config.js';
import { adapterModules } from '../adapter/adapter-targets.js';
import { initialiseAdapter, initialiseWeights } from '../checkpoint/initialise-weights.js';
import { type Checkpoint, readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { linearModules, modelParameters } from '../families/parameters.js';
import { parseModelConfig } from '../families/parse-config.js';
import type { JsonObject } from '../model-config.js';
import { type WritableTensor, writeSafetensors } from '../safetensors/write-safetensors.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import { seq2seqParameters } from './seq2seq-parameters.js';
import { loadTinySeq2Seq, seq2seqFixture, TINY_SEQ2SEQ } from './test-seq2seq.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seq2seq-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const readJsonFile = async (...path: string[]): Promise<JsonObject> =>
  JSON.parse(await readFile(join(...path), 'utf8')) as JsonObject;

const T5_SMALL = {
  model_type: 't5',
  architectures: ['T5ForConditionalGeneration'],
  vocab_size: 32128,
  decoder_start_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 0,
};

describe.each(TINY_SEQ2SEQ)('%s', (name) => {
  it('comes back from its own folder with the same values', async () => {
    const { checkpoint } = await loadTinySeq2Seq(name);
    const folder = join(dir, name);
    const { config, tensors } = checkpoint;
    await writeCheckpoint(folder, { config, tensors, tokenizerFrom: checkpoint.dir });
    const again = await readCheckpoint(folder);
    expect([...again.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [key, tensor] of tensors)
      expect(await again.tensors.get(key)!.float32()).toEqual(await tensor.float32());
    const { raw: _raw, ...fields } = config;
    expect(again.config).toMatchObject(fields);
    // transformers 5 refuses a whole number where it wants a float.
    expect(config.raw).toHaveProperty('initializer_factor', 1);
    expect(again.config.raw).not.toHaveProperty('initializer_factor');
  });

  it('reads the token embedding under its other names, and passes over copies', async () => {
    const { checkpoint } = await loadTinySeq2Seq(name);
    const folder = join(dir, `${name}-alias`);
    await cp(seq2seqFixture(name), folder, { recursive: true });
    const { 'shared.weight': shared, ...rest } = Object.fromEntries(checkpoint.tensors);
    const stored = new Map(Object.entries({ ...rest, 'decoder.embed_tokens.weight': shared! }));
    stored.set('decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight', shared!);
    await writeSafetensors(join(folder, 'model.safetensors'), stored);
    const again = await readCheckpoint(folder);
    expect(await again.tensors.get('shared.weight')!.float32()).toEqual(await shared!.float32());
    expect(again.tensors.size).toBe(checkpoint.tensors.size);
  });
});

it('names what a folder lacks', async () => {
  const { checkpoint } = await loadTinySeq2Seq('t5-v1.0');
  const folder = join(dir, 'lacking');
  await cp(seq2seqFixture('t5-v1.0'), folder, { recursive: true });
  const { 'encoder.final_layer_norm.weight': _gone, ...rest } = Object.fromEntries(checkpoint.tensors);
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(Object.entries(rest)));
  await expect(readCheckpoint(folder)).rejects.toMatchObject({
    code: 'CHECKPOINT_TENSORS_MISMATCH',
    why: expect.stringContaining('encoder.final_layer_norm.weight') as string,
  });
});

describe('the output layer of a folder', () => {
  /** The folder of a fixture with another output layer; none for `undefined`. */
  async function withHead(name: string, head: WritableTensor | undefined): Promise<Checkpoint> {
    const { checkpoint } = await loadTinySeq2Seq(name);
    const folder = await mkdtemp(join(dir, 'head-'));
    await cp(seq2seqFixture(name), folder, { recursive: true });
    const { 'lm_head.weight': _gone, ...rest } = Object.fromEntries(checkpoint.tensors);
    const stored = new Map<string, WritableTensor>(Object.entries(rest));
    if (head) stored.set('lm_head.weight', head);
    await writeSafetensors(join(folder, 'model.safetensors'), stored);
    return readCheckpoint(folder);
  }
  const embedding = async (name: string) => (await loadTinySeq2Seq(name)).checkpoint.tensors.get('shared.weight')!;

  it.each([
    ['t5-v1.1', 'is not stored', undefined, false],
    ['t5-v1.0', 'is not stored', undefined, true],
    ['t5-v1.0', 'is a copy of it', embedding, true],
  ] as const)('of %s is the embedding where it %s', async (name, _how, head, scaledHead) => {
    const { config, tensors } = await withHead(name, await head?.(name));
    expect(config).toMatchObject({ tiedHead: true, encoderDecoder: { scaledHead } });
    expect([...tensors.keys()]).not.toContain('lm_head.weight');
  });

  it('of v1.0 is a layer of its own where it is stored with values of its own', async () => {
    const shared = await embedding('t5-v1.0');
    const own = (await shared.float32()).map((x) => x / 2);
    const { config, tensors } = await withHead('t5-v1.0', { type: 'float32', dims: shared.shape, data: own });
    expect(config).toMatchObject({ tiedHead: false, encoderDecoder: { scaledHead: true } });
    expect(await tensors.get('lm_head.weight')!.float32()).toEqual(own);
  });
});

describe('a config', () => {
  it.each<[string, JsonObject, object]>([
    ['v1.0', {}, { tiedHead: true, activation: 'relu', gated: false }],
    [
      'v1.1',
      { feed_forward_proj: 'gated-gelu', tie_word_embeddings: false },
      { tiedHead: false, activation: 'geluTanh' },
    ],
    // What transformers 5 writes for v1.1.
    ['v1.1, saved again', { tie_word_embeddings: true, scale_decoder_outputs: false }, { tiedHead: false }],
    ['gated silu', { feed_forward_proj: 'gated-silu' }, { activation: 'silu', gated: true }],
    ['fewer decoder layers', { num_decoder_layers: 2 }, { layers: 6, encoderDecoder: { decoderLayers: 2 } }],
  ])('of %s is read', (_name, changes, expected) => {
    expect(parseModelConfig({ ...T5_SMALL, ...changes })).toMatchObject(expected);
  });

  it('with several mistakes is refused with all of them', () => {
    const raw = { ...T5_SMALL, feed_forward_proj: 'gated-gilu', relative_attention_num_buckets: 30, d_kv: 0 };
    expect(() => parseModelConfig(raw)).toThrow(/feed_forward_proj.*relative_attention_num_buckets|d_kv/su);
  });
});

describe('fresh weights', () => {
  const config = parseModelConfig({ ...T5_SMALL, d_model: 64, d_kv: 16, num_heads: 8, d_ff: 96, vocab_size: 500 });
  const deviation = (data: Float32Array): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);

  it.each([
    ['shared.weight', 1],
    ['encoder.block.1.layer.0.SelfAttention.q.weight', (64 * 16) ** -0.5],
    ['decoder.block.0.layer.1.EncDecAttention.k.weight', 64 ** -0.5],
    ['decoder.block.5.layer.1.EncDecAttention.o.weight', 128 ** -0.5],
    ['encoder.block.0.layer.1.DenseReluDense.wi.weight', 64 ** -0.5],
    ['decoder.block.0.layer.2.DenseReluDense.wo.weight', 96 ** -0.5],
    ['decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', 64 ** -0.5],
    ['decoder.final_layer_norm.weight', 1],
  ])('spread %s as transformers does', (name, expected) => {
    const data = initialiseWeights(config, 1).get(name)!.data as Float32Array;
    // Twelve tables of 256 numbers and more; the smallest varies by a tenth.
    expect(deviation(data) / expected).toBeGreaterThan(0.85);
    expect(deviation(data) / expected).toBeLessThan(1.15);
  });

  it('are those of the whole model', () => {
    expect([...initialiseWeights(config, 1).keys()]).toEqual(seq2seqParameters(config).map(({ name }) => name));
  });
});

describe('an adapter', () => {
  it('finds its layers by PEFT’s names, and leaves the output layer alone', async () => {
    const { config } = (await loadTinySeq2Seq('t5-v1.1')).checkpoint;
    const targets = (target_modules: unknown) =>
      adapterModules(config, parseAdapterConfig({ target_modules })).map(({ name }) => name);
    expect(targets(['q'])).toHaveLength(3 + 2 * 2);
    expect(targets(['EncDecAttention.v'])).toEqual([
      'decoder.block.0.layer.1.EncDecAttention.v',
      'decoder.block.1.layer.1.EncDecAttention.v',
    ]);
    expect(targets('all-linear')).toHaveLength(3 * 7 + 2 * 11);
    expect(() => targets(['wi'])).toThrow(expect.objectContaining({ code: 'ADAPTER_CONFIG_INVALID' }));
  });

  it('is written as one of a sequence-to-sequence model', async () => {
    const { config } = (await loadTinySeq2Seq('t5-v1.0')).checkpoint;
    const adapter = parseAdapterConfig({ r: 2, lora_alpha: 2, target_modules: ['q', 'v'] });
    const folder = join(dir, 'adapter');
    await writeAdapter(folder, { model: config, config: adapter, tensors: initialiseAdapter(config, adapter, 1) });
    expect(await readJsonFile(folder, 'adapter_config.json')).toMatchObject({ task_type: 'SEQ_2_SEQ_LM' });
  });
});

describe('what only decoders have', () => {
  it('is refused with a typed error', async () => {
    const { checkpoint } = await loadTinySeq2Seq('t5-v1.0');
    const refused = expect.objectContaining({ code: 'MODEL_KIND_MISMATCH' });
    expect(() => modelParameters(checkpoint.config)).toThrow(refused);
    expect(() => linearModules(checkpoint.config)).toThrow(refused);
  });

  it('and the other way round', () => {
    const gpt2 = parseModelConfig({ model_type: 'gpt2', n_layer: 1, n_embd: 8, n_head: 2 });
    expect(() => seq2seqFamilyOf(gpt2)).toThrow(expect.objectContaining({ code: 'MODEL_KIND_MISMATCH' }));
  });
});

it('writes a generation config that says what a decoder begins with', async () => {
  const config = parseModelConfig({
    ...T5_SMALL,
    d_model: 8,
    d_kv: 2,
    num_heads: 2,
    d_ff: 8,
    num_layers: 1,
    vocab_size: 9,
  });
  const folder = join(dir, 'fresh');
  await writeCheckpoint(folder, { config, tensors: initialiseWeights(config, 1) });
  expect(await readJsonFile(folder, 'generation_config.json')).toMatchObject({ decoder_start_token_id: 0 });
  await writeFile(join(folder, 'generation_config.json'), '{}');
  expect((await readCheckpoint(folder)).config).toMatchObject({ family: 't5', padId: 0, eosIds: [1] });
});
