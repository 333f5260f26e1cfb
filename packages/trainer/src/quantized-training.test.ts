import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Checkpoint,
  decodeWeight,
  type EncodedWeight,
  encodedBytes,
  encodeWeight,
  encodingOpset,
  initialiseAdapter,
  initialiseWeights,
  linearModules,
  parseModelConfig,
  readCheckpoint,
  type WeightTensor,
  weightParts,
} from '@flanlab/language-model';
import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { planBatches } from './batches.js';
import { asEncoded } from './frozen-weights.js';
import { parseRecipe } from './recipe.js';
import { roundTensors } from './save-dtype.js';
import { runSteps, tokenisedRow } from './test-steps.js';
import { trainingSetup } from './trainee.js';

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const { rows } = JSON.parse(readFileSync(path('fifty-steps/steps.json'), 'utf8')) as {
  readonly rows: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
};
const lora = { rank: 4, alpha: 8, dropout: 0, targetModules: ['all-linear'] };
const common = { learningRate: 5e-3, batchSize: 4, maxSteps: 8, lora };

const floats = (values: Float32Array, shape: readonly number[]): WeightTensor => ({
  dtype: 'F32',
  shape,
  byteLength: values.byteLength,
  bytes: async () => new Uint8Array(values.slice().buffer),
  float32: async () => values.slice(),
});

/** A checkpoint as if it had been stored in 16 bits. */
async function halved(base: Checkpoint, type: 'float16' | 'bfloat16'): Promise<Checkpoint> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of base.tensors) {
    tensors.set(name, { type: 'float32', dims: tensor.shape, data: await tensor.float32() });
  }
  return { ...base, tensors: roundTensors(tensors, type).tensors };
}

/** What frozen weights stand for. */
async function decoded(base: Checkpoint, weights: readonly EncodedWeight[]): Promise<Map<string, WeightTensor>> {
  const opset = encodingOpset(weights);
  const g = new GraphBuilder(opset === undefined ? {} : { opset });
  const feeds: Record<string, Tensor> = {};
  for (const weight of weights) {
    const parts = weightParts(weight).map(({ name, type, shape }) => g.input(name, type, shape));
    g.output(`decoded.${weight.name}`, g.op.identity(decodeWeight(g, weight, parts)));
    for (const [name, tensor] of await encodeWeight(weight, base.tensors.get(weight.name)!)) feeds[name] = tensor;
  }
  await using session = await openSession(g.toBytes(), { threads: 1 });
  const outputs = await session.run(feeds);
  return new Map(
    weights.map(({ name, shape }) => [name, floats(outputs[`decoded.${name}`]!.data as Float32Array, shape)]),
  );
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

describe.each([
  ['nf4 with double quantisation', { method: 'qlora' }, undefined],
  ['fp4', { method: 'qlora', quantization: { type: 'fp4', doubleQuant: false, blockSize: 32 } }, undefined],
  ['int8', { method: 'lora', quantization: { type: 'int8' } }, undefined],
  ['a float16 checkpoint', { method: 'lora' }, 'float16'],
  ['a bfloat16 checkpoint', { method: 'lora' }, 'bfloat16'],
  ['nf4 of a bfloat16 checkpoint', { method: 'qlora' }, 'bfloat16'],
] as const)('LoRA on %s', (_name, settings, half) => {
  it('learns what it learns on the same weights in float32', async () => {
    const original = await readCheckpoint(path('golden/llama'));
    const base = half === undefined ? original : await halved(original, half);
    const recipe = parseRecipe({ ...common, ...settings });
    const plan = planBatches(rows.map(tokenisedRow), recipe);
    const { adapter, frozen } = trainingSetup(base.config, recipe, '', base.tensors);
    const fresh = initialiseAdapter(base.config, adapter!, 1);
    const start = new Map([...fresh].map(([name, { data, dims }]) => [name, floats(data as Float32Array, dims)]));
    const actual = await runSteps({ base, start, recipe, plan, warmupSteps: 0, fed: true });

    const expected = await runSteps({
      fed: true,
      base: { ...base, tensors: await decoded(base, frozen.map(asEncoded)) },
      start,
      recipe: parseRecipe({ ...common, method: 'lora' }),
      plan,
      warmupSteps: 0,
    });
    for (const [i, { loss, gradNorm }] of actual.results.entries()) {
      expect(Math.abs(loss / expected.results[i]!.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(gradNorm / expected.results[i]!.gradNorm - 1)).toBeLessThan(1e-5);
    }
    for (const [name, { data }] of Object.entries(actual.parameters)) {
      expect(largestDifference(data as Float32Array, expected.parameters[name]!.data as Float32Array)).toBeLessThan(
        1e-5,
      );
    }
    expect(actual.frozenBytes).toBe(frozen.reduce((sum, weight) => sum + encodedBytes(asEncoded(weight)), 0));
    expect(actual.frozenBytes).toBeLessThan(0.75 * expected.frozenBytes);
  });
});

describe('memory', () => {
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 64,
    hidden_size: 128,
    intermediate_size: 256,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 32,
  });
  const layers = new Set(linearModules(config).map(({ name }) => `${name}.weight`));
  const base: Checkpoint = {
    dir: '',
    config,
    tensors: new Map(
      [...initialiseWeights(config, 1)].map(([name, { data, dims }]) => [name, floats(data as Float32Array, dims)]),
    ),
  };

  it.each([
    // Half a byte, 8 bits for 64 weights, 32 bits for 256 · 64, and the offset of each of 14 layers.
    ['nf4 with double quantisation', { method: 'qlora' }, 1 / 2 + 1 / 64 + 4 / 16_384, 14 * 4],
    ['nf4', { method: 'qlora', quantization: { doubleQuant: false } }, 1 / 2 + 4 / 64, 0],
    // A byte, and 32 bits for each row: 4 · 128 + 2 · 256 + 128 rows in each of two blocks.
    ['int8', { method: 'lora', quantization: { type: 'int8' } }, 1, 4 * 2 * 1152],
  ])('of linear layers in %s is what the format says', async (_name, settings, bytesPerWeight, more) => {
    const { frozen } = trainingSetup(config, parseRecipe({ lora, ...settings }), '', base.tensors);
    let [weights, bytes] = [0, 0];
    for (const weight of frozen.filter(({ name }) => layers.has(name))) {
      weights += weight.shape[0]! * weight.shape[1]!;
      for (const [, { data }] of await encodeWeight(asEncoded(weight), base.tensors.get(weight.name)!)) {
        bytes += (data as Uint8Array).byteLength;
      }
    }
    expect(bytes).toBe(weights * bytesPerWeight + more);
  });

  it('of everything else is that of the checkpoint, but for vectors', async () => {
    const { frozen } = trainingSetup(
      config,
      parseRecipe({ method: 'qlora' }),
      '',
      (await halved(base, 'bfloat16')).tensors,
    );
    const kinds = Object.fromEntries(frozen.map(({ name, encoding }) => [name, encoding?.kind]));
    expect(kinds).toMatchObject({
      'model.embed_tokens.weight': 'bfloat16',
      'lm_head.weight': 'bfloat16',
      'model.norm.weight': 'float32',
      'model.layers.1.mlp.down_proj.weight': 'nf4',
    });
  });

  it('keeps what a checkpoint has quantised already', async () => {
    const encoding = { kind: 'fp4', blockSize: 128, doubleQuant: true } as const;
    const name = 'model.layers.0.mlp.up_proj.weight';
    const quantised = { encoding, parts: async () => [] };
    const tensors = new Map([...base.tensors, [name, { ...base.tensors.get(name)!, quantised }]]);
    for (const recipe of [{ method: 'lora' }, { method: 'qlora' }]) {
      const { frozen } = trainingSetup(config, parseRecipe(recipe), '', tensors);
      expect(frozen.find((weight) => weight.name === name)?.encoding).toEqual(encoding);
    }
  });
});
