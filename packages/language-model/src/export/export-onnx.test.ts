import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '@flanlab/files';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAdapterConfig } from '../adapter/adapter-config.js';
import { mergeAdapter } from '../adapter/merge-adapter.js';
import { initialiseAdapter, initialiseWeights } from '../checkpoint/initialise-weights.js';
import { type Checkpoint, readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { parseModelConfig } from '../families/parse-config.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import { int32, loadTiny, maxDifference, openGraph, PIECEWISE_MODELS } from '../graph/test-models.js';
import type { ModelConfig } from '../model-config.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import { trainBytePairEncoding } from '../tokenizer/train-byte-pair-encoding.js';
import { exportOnnx } from './export-onnx.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The naive way: the whole text again for each token. */
async function greedy(checkpoint: Checkpoint, prompt: readonly number[], count: number): Promise<number[]> {
  const { config } = checkpoint;
  await using session = await openGraph(checkpoint, (g, parameters) => {
    const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
    return { logits: decoderLogits(g, config, { parameters }, decoderHidden(g, config, { parameters }, { inputIds })) };
  });
  const ids = [...prompt];
  while (ids.length < prompt.length + count) {
    const { logits } = await session.run({ inputIds: int32([ids]) });
    const last = (logits!.data as Float32Array).subarray(-config.vocabularySize);
    ids.push(last.indexOf(Math.max(...last)));
  }
  return ids.slice(prompt.length);
}

const int64 = (rows: readonly (readonly number[])[]): Tensor => ({
  type: 'int64',
  dims: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

describe.each(PIECEWISE_MODELS)('%s', (name) => {
  it.each([
    ['inside', 2 ** 30],
    ['beside', 0],
  ])(
    'gives the logits of PyTorch with padding at the left, a cache, and weights %s the file',
    async (place, embedUpToBytes) => {
      const { checkpoint, golden } = await loadTiny(name);
      const { config } = checkpoint;
      const folder = join(dir, `${name}-${place}`);
      await exportOnnx(checkpoint, folder, { embedUpToBytes });
      await using session = await openSession(join(folder, 'onnx', 'model.onnx'), { threads: 1 });
      const [length, V] = [golden.lengths[1]!, config.vocabularySize];
      const ids = golden.inputIds[1]!.slice(0, length);
      // Row 0 is padded by two at the left, row 1 is not; the last three tokens come with a cache.
      const rows = [
        [0, 0, ...ids],
        [...ids.slice(0, 2), ...ids],
      ];
      const mask = [[0, 0, ...ids.map(() => 1)], rows[1]!.map(() => 1)];
      const positions = mask.map((row) =>
        row.map((_, t) => Math.max(0, row.slice(0, t + 1).reduce((a, b) => a + b) - 1)),
      );
      const cut = rows[0]!.length - 3;
      // As transformers.js names them: config.json of Falcon 7B says multi_query.
      const parts = config.raw.multi_query === true ? ['key_value'] : ['key', 'value'];
      const empty = {
        type: 'float32',
        dims: [2, config.keyValueHeads, 0, (2 / parts.length) * config.headWidth],
        data: new Float32Array(0),
      } as const;
      const caches = (from: (name: string) => Tensor) =>
        Object.fromEntries(
          Array.from({ length: config.layers }, (_, n) =>
            parts.map((part) => [`past_key_values.${n}.${part}`, from(`present.${n}.${part}`)]),
          ).flat(),
        );
      const slice = (values: readonly (readonly number[])[], start: number, end?: number) =>
        int64(values.map((row) => row.slice(start, end)));
      const first = await session.run({
        input_ids: slice(rows, 0, cut),
        attention_mask: slice(mask, 0, cut),
        position_ids: slice(positions, 0, cut),
        ...caches(() => empty),
      });
      const second = await session.run({
        input_ids: slice(rows, cut),
        attention_mask: int64(mask),
        position_ids: slice(positions, cut),
        ...caches((output) => first[output]!),
      });
      expect(second.logits?.dims).toEqual([2, 3, V]);
      const actual = [
        ...(first.logits!.data as Float32Array).subarray(2 * V, cut * V),
        ...(second.logits!.data as Float32Array).subarray(0, 3 * V),
      ];
      expect(maxDifference(actual, golden.logits[1]!)).toBeLessThan(2e-5);
    },
  );

  it("decodes PyTorch's greedy tokens", async () => {
    const { checkpoint, golden } = await loadTiny(name);
    expect(await greedy(checkpoint, golden.prompt, golden.greedy.length)).toEqual(golden.greedy);
  });
});

/** An adapter that changes every linear layer. */
function someAdapter(config: ModelConfig): Parameters<typeof mergeAdapter>[1] {
  const adapter = parseAdapterConfig({ r: 4, lora_alpha: 8, target_modules: 'all-linear' });
  const tensors = [...initialiseAdapter(config, adapter, 5)].map(([name, { dims, data }]) => {
    const values = (data as Float32Array).map((value, i) => value + 0.1 * Math.sin(i));
    const bytes = async () => new Uint8Array(values.slice().buffer);
    const tensor = {
      dtype: 'F32',
      shape: dims,
      byteLength: 4 * values.length,
      bytes,
      float32: async () => values,
    } as const;
    return [name, tensor] as const;
  });
  return { config: adapter, tensors: new Map(tensors) };
}

it('refuses positions that transformers.js has no names for', async () => {
  const { checkpoint } = await loadTiny('tiny-falcon-rw');
  const exporting = exportOnnx(checkpoint, join(dir, 'alibi'));
  await expect(exporting).rejects.toMatchObject({ code: 'MODEL_KIND_MISMATCH' });
});

describe('with @huggingface/transformers', () => {
  const common = { vocab_size: 300, initializer_range: 0.4, bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 };
  it.each([
    [
      'llama',
      {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        max_position_embeddings: 64,
      },
    ],
    [
      'gpt2',
      { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', n_embd: 32, n_layer: 2, n_head: 4, n_positions: 64 },
    ],
    [
      'gpt-neox',
      {
        architectures: ['GPTNeoXForCausalLM'],
        model_type: 'gpt_neox',
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        max_position_embeddings: 64,
      },
    ],
    [
      'falcon-7b',
      {
        architectures: ['FalconForCausalLM'],
        model_type: 'falcon',
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        max_position_embeddings: 64,
        multi_query: true,
      },
    ],
    [
      'falcon-40b',
      {
        architectures: ['FalconForCausalLM'],
        model_type: 'falcon',
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        max_position_embeddings: 64,
        multi_query: true,
        new_decoder_architecture: true,
        num_kv_heads: 2,
      },
    ],
    [
      'mistral-with-adapter',
      {
        architectures: ['MistralForCausalLM'],
        model_type: 'mistral',
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        max_position_embeddings: 64,
        sliding_window: 4,
      },
    ],
  ])('the text-generation pipeline gives the greedy tokens of a %s checkpoint', async (family, json) => {
    const config = parseModelConfig({ ...common, ...json });
    const folder = join(dir, 'models', family);
    const tokenizerJson = trainBytePairEncoding(
      ['the cat sat on the mat, and then the dog sat there too; that is that'],
      {
        vocabularySize: 300,
        specialTokens: ['<|end|>'],
      },
    );
    await writeJson(join(dir, 'tokenizer', 'tokenizer.json'), tokenizerJson);
    await writeJson(join(dir, 'tokenizer', 'tokenizer_config.json'), {
      tokenizer_class: 'GPT2Tokenizer',
      eos_token: '<|end|>',
      pad_token: '<|end|>',
    });
    await writeCheckpoint(folder, {
      config,
      tensors: initialiseWeights(config, 3),
      tokenizerFrom: join(dir, 'tokenizer'),
    });
    const base = await readCheckpoint(folder);
    const checkpoint = family.endsWith('adapter')
      ? { ...base, tensors: mergeAdapter(base, someAdapter(config)) }
      : base;
    await exportOnnx(checkpoint, folder);
    const { env, pipeline } = await import('@huggingface/transformers');
    env.allowRemoteModels = false;
    env.localModelPath = join(dir, 'models');
    const generator = await pipeline('text-generation', family, { dtype: 'fp32', device: 'cpu' });
    const prompt = 'the cat and the';
    const output = await generator(prompt, { max_new_tokens: 8, do_sample: false, return_full_text: false });
    await generator.dispose();
    const tokenizer = createTokenizer(tokenizerJson);
    const expected = await greedy(checkpoint, [...tokenizer.encode(prompt).ids], 8);
    expect(output).toEqual([{ generated_text: tokenizer.decode(expected, { skipSpecialTokens: true }) }]);
  });
});
