import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '@flanlab/files';
import type { Tensor } from '@flanlab/onnx-session';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseModelConfig } from '../families/parse-config.js';
import { fixture, loadTiny } from '../graph/test-models.js';
import type { ModelConfig } from '../model-config.js';
import { float32ToBfloat16, float32ToFloat16 } from '../safetensors/half-precision.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { initialiseWeights } from './initialise-weights.js';
import { NormalGenerator } from './normal-generator.js';
import { readCheckpoint } from './read-checkpoint.js';
import { writeCheckpoint } from './write-checkpoint.js';

const config: ModelConfig = parseModelConfig({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 20,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
  eos_token_id: [2, 3],
  torch_dtype: 'bfloat16',
});

let root: string;
let dir: string;
let n = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
beforeEach(async () => {
  dir = join(root, String(n++));
  await mkdir(dir);
  await writeJson(join(dir, 'config.json'), config.raw);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tensors = initialiseWeights(config, 1);

describe('reading', () => {
  it('joins the shards that the index names', async () => {
    const all = [...tensors];
    const shards = {
      'model-00001-of-00002.safetensors': all.slice(0, 3),
      'model-00002-of-00002.safetensors': all.slice(3),
    };
    const weightMap: Record<string, string> = {};
    for (const [file, part] of Object.entries(shards)) {
      await writeSafetensors(join(dir, file), part);
      for (const [name] of part) weightMap[name] = file;
    }
    await writeJson(join(dir, 'model.safetensors.index.json'), { metadata: { total_size: 1 }, weight_map: weightMap });
    const checkpoint = await readCheckpoint(dir);
    for (const [name, tensor] of tensors) expect(await checkpoint.tensors.get(name)?.float32()).toEqual(tensor.data);
  });

  it.each([
    ['a path out of the folder', { 'model.norm.weight': '../model.safetensors' }],
    ['a file of another kind', { 'model.norm.weight': 'pytorch_model.bin' }],
    [
      'a tensor that its shard does not hold',
      { 'model.embed_tokens.weight': 'a.safetensors', 'model.norm.weight': 'a.safetensors', more: 'a.safetensors' },
    ],
    ['a shard with a tensor it does not name', { 'model.norm.weight': 'a.safetensors' }],
    ['no map', undefined],
  ])('refuses an index with %s', async (_title, weightMap) => {
    await writeSafetensors(
      join(dir, 'a.safetensors'),
      [...tensors].filter(([name]) => /embed|^model.norm/u.test(name)),
    );
    await writeJson(join(dir, 'model.safetensors.index.json'), { weight_map: weightMap });
    await expect(readCheckpoint(dir)).rejects.toMatchObject({ code: 'CHECKPOINT_INDEX_INVALID' });
  });

  it('refuses a tensor that lies in two shards', async () => {
    await writeSafetensors(join(dir, 'a.safetensors'), tensors);
    await writeSafetensors(join(dir, 'b.safetensors'), [...tensors].slice(0, 1));
    const names = [...tensors.keys()];
    const weightMap = Object.fromEntries(names.map((name, i) => [name, i === 0 ? 'b.safetensors' : 'a.safetensors']));
    await writeJson(join(dir, 'model.safetensors.index.json'), { weight_map: weightMap });
    await expect(readCheckpoint(dir)).rejects.toMatchObject({
      code: 'CHECKPOINT_INDEX_INVALID',
      why: `"a.safetensors" holds ${names[0]}, which it places in b.safetensors.`,
    });
  });

  it('refuses an index that places a tensor twice', async () => {
    await writeFile(
      join(dir, 'model.safetensors.index.json'),
      '{"weight_map": {"x": "a.safetensors", "x": "b.safetensors"}}',
    );
    await expect(readCheckpoint(dir)).rejects.toMatchObject({
      code: 'CHECKPOINT_INDEX_INVALID',
      why: 'It names x twice.',
    });
  });

  it('names the shards that are missing', async () => {
    await writeSafetensors(join(dir, 'a.safetensors'), tensors);
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}.safetensors`);
    const weightMap = Object.fromEntries([...tensors.keys()].map((name, i) => [name, files[i % 7]]));
    await writeJson(join(dir, 'model.safetensors.index.json'), { weight_map: weightMap });
    await expect(readCheckpoint(dir)).rejects.toMatchObject({
      code: 'CHECKPOINT_FILE_MISSING',
      why: expect.stringMatching(/Of 7 files .* 6 are missing: b.safetensors, .*f.safetensors and 1 more\.$/u),
    });
  });

  it.each([
    ['pytorch_model.bin', /save_pretrained/u],
    ['pytorch_model-00001-of-00002.bin', /save_pretrained/u],
    ['llama.Q4_K.gguf', /save_pretrained/u],
    ['adapter_model.safetensors', /base model/u],
  ])('says what to do with a folder that only has %s', async (file, fix) => {
    await writeFile(join(dir, file), 'x');
    await expect(readCheckpoint(dir)).rejects.toMatchObject({
      code: 'CHECKPOINT_FILE_MISSING',
      why: expect.stringContaining(`but ${file}: `),
      fix: expect.stringMatching(fix),
    });
  });

  it('takes the output layer of GPT-NeoX under both of its names, and leaves out its stored masks', async () => {
    const { config: neox, tensors: weights } = (await loadTiny('tiny-neox')).checkpoint;
    const stored = new Map<string, Tensor>();
    for (const [name, tensor] of weights) {
      const key = name === 'embed_out.weight' ? 'lm_head.weight' : name.replace(/^gpt_neox\./u, '');
      stored.set(key, { type: 'float32', dims: [...tensor.shape], data: await tensor.float32() });
    }
    stored.set('layers.0.attention.bias', { type: 'float32', dims: [1], data: Float32Array.of(1) });
    stored.set('layers.0.attention.masked_bias', { type: 'float32', dims: [1], data: Float32Array.of(1) });
    await writeJson(join(dir, 'config.json'), neox.raw);
    await writeSafetensors(join(dir, 'model.safetensors'), stored);
    expect([...(await readCheckpoint(dir)).tensors.keys()]).toEqual([...weights.keys()]);
  });

  it('takes an output layer that is no copy of the embedding for one of its own, though the config ties it', async () => {
    const { dims, data } = tensors.get('model.embed_tokens.weight')!;
    const own = { type: 'float32', dims, data: (data as Float32Array).map((x) => -x) } as const;
    await writeSafetensors(join(dir, 'model.safetensors'), [...tensors, ['lm_head.weight', own]]);
    const checkpoint = await readCheckpoint(dir);
    expect(checkpoint.config).toMatchObject({ tiedHead: false, raw: { tie_word_embeddings: false } });
    expect(await checkpoint.tensors.get('lm_head.weight')?.float32()).toEqual(own.data);
  });

  it('takes a stored output layer for the embedding that is tied to it and is not stored', async () => {
    const renamed = [...tensors].map(
      ([name, tensor]) => [name === 'model.embed_tokens.weight' ? 'lm_head.weight' : name, tensor] as const,
    );
    await writeSafetensors(join(dir, 'model.safetensors'), renamed);
    const checkpoint = await readCheckpoint(dir);
    expect(checkpoint.config.tiedHead).toBe(true);
    const { data } = tensors.get('model.embed_tokens.weight')!;
    expect(await checkpoint.tensors.get('model.embed_tokens.weight')?.float32()).toEqual(data);
  });

  it('raises float16 to float32, and takes a stored copy of a tied output layer', async () => {
    const half = [...tensors].map(([name, { dims, data }]): [string, Tensor] => [
      name,
      { type: 'float16', dims, data: float32ToFloat16(data as Float32Array) },
    ]);
    const head: [string, Tensor] = ['lm_head.weight', half[0]![1]];
    await writeSafetensors(join(dir, 'model.safetensors'), [...half, head]);
    const checkpoint = await readCheckpoint(dir);
    expect(checkpoint.tensors.has('lm_head.weight')).toBe(false);
    const values = await checkpoint.tensors.get('model.layers.0.mlp.up_proj.weight')!.float32();
    const exact = tensors.get('model.layers.0.mlp.up_proj.weight')!.data as Float32Array;
    for (let i = 0; i < exact.length; i++) expect(Math.abs(values[i]! - exact[i]!)).toBeLessThan(2 ** -11 * 0.1);
  });

  it('reads bfloat16 written by other tools', async () => {
    const bits = float32ToBfloat16(Float32Array.of(1, -0.5));
    const header = JSON.stringify({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(join(dir, 'b.safetensors'), Buffer.concat([length, Buffer.from(header), Buffer.from(bits.buffer)]));
    expect(await (await readSafetensors(join(dir, 'b.safetensors'))).tensors.get('a')!.float32()).toEqual(
      Float32Array.of(1, -0.5),
    );
  });

  it('finds the tensors of a bare model, whose names lack the prefix', async () => {
    const bare = [...tensors].map(([name, tensor]): [string, Tensor] => [name.replace(/^model\./u, ''), tensor]);
    await writeSafetensors(join(dir, 'model.safetensors'), bare);
    expect([...(await readCheckpoint(dir)).tensors.keys()]).toEqual([...tensors.keys()]);
  });

  it('shows what is missing, superfluous and of another shape', async () => {
    const changed = new Map<string, Tensor>(tensors);
    changed.delete('model.layers.0.self_attn.q_proj.weight');
    changed.set('model.layers.0.self_attn.q_prj.weight', tensors.get('model.norm.weight')!);
    changed.set('model.layers.0.mlp.up_proj.weight', { type: 'float32', dims: [8, 12], data: new Float32Array(96) });
    await writeSafetensors(join(dir, 'model.safetensors'), changed);
    const reading = readCheckpoint(dir);
    await expect(reading).rejects.toMatchObject({ code: 'CHECKPOINT_TENSORS_MISMATCH' });
    await expect(reading).rejects.toThrow(/! model.layers.0.mlp.up_proj.weight is \[8,12\], expected \[12,8\]/u);
    await expect(reading).rejects.toThrow(/- .*q_proj.weight \[8,8\] is missing \(there is .*q_prj.weight\)/u);
    await expect(reading).rejects.toThrow(/\+ .*q_prj.weight \[8\] is not expected/u);
  });

  it('says what is missing of a folder', async () => {
    await expect(readCheckpoint(dir)).rejects.toMatchObject({
      code: 'CHECKPOINT_FILE_MISSING',
      why: expect.stringContaining('model.safetensors'),
    });
    await expect(readCheckpoint(join(dir, 'none'))).rejects.toMatchObject({
      code: 'CHECKPOINT_FILE_MISSING',
      why: expect.stringContaining('config.json'),
    });
  });
});

describe('writing', () => {
  it('gives the same bytes for the same weights, and reads back', async () => {
    const folder = join(dir, 'out');
    await writeCheckpoint(folder, {
      config,
      tensors,
      tokenizerFrom: fixture('tokenizer'),
      files: { 'extra.json': { a: 1 } },
    });
    const first = await readFile(join(folder, 'model.safetensors'));
    await writeCheckpoint(folder, { config, tensors });
    expect(await readFile(join(folder, 'model.safetensors'))).toEqual(first);
    const checkpoint = await readCheckpoint(folder);
    expect(checkpoint.config).toMatchObject({ width: 8, eosIds: [2, 3] });
    const raw = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(raw).toMatchObject({ architectures: ['LlamaForCausalLM'], dtype: 'float32', torch_dtype: 'float32' });
    for (const [name, tensor] of tensors) expect(await checkpoint.tensors.get(name)?.float32()).toEqual(tensor.data);
  });

  it('leaves nothing behind when a tensor does not fit', async () => {
    const wrong = new Map(tensors).set('model.norm.weight', { type: 'float32', dims: [7], data: new Float32Array(7) });
    await expect(writeCheckpoint(join(dir, 'bad'), { config, tensors: wrong })).rejects.toMatchObject({
      code: 'CHECKPOINT_TENSORS_MISMATCH',
    });
    await expect(readFile(join(dir, 'bad', 'config.json'))).rejects.toThrow('ENOENT');
  });
});

describe('fresh weights', () => {
  it('are the same for the same seed, others for another', () => {
    expect(initialiseWeights(config, 1)).toEqual(tensors);
    expect(initialiseWeights(config, 2).get('model.embed_tokens.weight')).not.toEqual(
      tensors.get('model.embed_tokens.weight'),
    );
    // Pinned: a change of the generator would change every study.
    expect([...(tensors.get('model.embed_tokens.weight')!.data as Float32Array).slice(0, 3)]).toMatchInlineSnapshot(`
      [
        0.019240841269493103,
        0.004722497425973415,
        -0.005714076571166515,
      ]
    `);
  });

  it('are normal with the deviation of the config; norms are one', () => {
    const wide = parseModelConfig({ ...config.raw, vocab_size: 5000, initializer_range: 0.1 });
    const values = initialiseWeights(wide, 4).get('model.embed_tokens.weight')!.data as Float32Array;
    const moment = (power: number) => values.reduce((sum, x) => sum + (x / 0.1) ** power, 0) / values.length;
    // 40,000 numbers: the errors of these moments are about 0.005, 0.007, 0.02 and 0.05.
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(3))).toBeLessThan(0.08);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
    expect(tensors.get('model.norm.weight')!.data).toEqual(new Float32Array(8).fill(1));
  });

  it('start the residual projections of GPT-2 smaller', () => {
    const gpt2 = parseModelConfig({
      model_type: 'gpt2',
      vocab_size: 50,
      n_embd: 64,
      n_layer: 8,
      n_head: 2,
      n_positions: 8,
    });
    const deviation = (name: string) => {
      const data = initialiseWeights(gpt2, 1).get(name)!.data as Float32Array;
      return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    };
    expect(deviation('transformer.h.0.mlp.c_proj.weight')).toBeCloseTo(0.02 / 4, 3);
    expect(deviation('transformer.h.0.mlp.c_fc.weight')).toBeCloseTo(0.02, 3);
  });
});

it('draws the published sequence of xoshiro128**', () => {
  // The state 1, 2, 3, 4 gives these: reference C code of https://prng.di.unimi.it/xoshiro128starstar.c
  const generator = NormalGenerator.fromState([1, 2, 3, 4]);
  expect([generator.nextBits(), generator.nextBits(), generator.nextBits(), generator.nextBits()]).toEqual([
    11520, 0, 5927040, 70819200,
  ]);
});
