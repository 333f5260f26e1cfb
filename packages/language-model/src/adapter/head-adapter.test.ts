import { readFile } from 'node:fs/promises';
import { gradients, type Value } from '@flanlab/onnx-graph';
import { expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import { causalLoss } from '../graph/loss.js';
import { fixture, int32, loadTiny, maxDifference, runGraph } from '../graph/test-models.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { adapterHook, readAdapter } from './adapter.js';
import { checkAdapterBase } from './adapter-base.js';
import { parseAdapterConfig } from './adapter-config.js';
import { adapterModules } from './adapter-targets.js';
import { mergeAdapter } from './merge-adapter.js';

async function load() {
  const { checkpoint, golden } = await loadTiny('tiny-llama');
  const adapter = await readAdapter(fixture('head-adapter'), checkpoint.config);
  const expected = JSON.parse(await readFile(fixture('head-adapter', 'golden.json'), 'utf8')) as {
    readonly lossSum: number;
    readonly logits: readonly number[];
  };
  return { checkpoint, golden, adapter, expected };
}

it("gives PEFT's loss and gradients of an adapter on the output layer, whose logits are never whole", async () => {
  const { checkpoint, golden, adapter, expected } = await load();
  const names = [...adapter.tensors.keys()];
  expect(names).toContain('base_model.model.lm_head.lora_A.weight');
  const tensors = new Map([...checkpoint.tensors, ...adapter.tensors]);
  const operators = new Set<string>();
  const feeds = { inputIds: int32(golden.inputIds), labels: int32(golden.labels) };
  const actual = await runGraph({ ...checkpoint, tensors }, feeds, (g, parameters) => {
    const batch = {
      inputIds: g.input('inputIds', 'int32', ['B', 'T']),
      labels: g.input('labels', 'int32', ['B', 'T']),
    };
    const parts = { parameters, linear: adapterHook(checkpoint.config, adapter.config, parameters) };
    const options = { headGradients: { hidden: true, weight: false } };
    const { lossSum } = causalLoss(g, checkpoint.config, parts, batch, options);
    const results: readonly Value[] = gradients(g, lossSum, names.map(parameters));
    for (const { operator } of g.nodes) operators.add(operator);
    return { lossSum, ...Object.fromEntries(names.map((name, i) => [`d ${name}`, results[i]!])) };
  });
  expect(operators).not.toContain('LogSoftmax'); // it is in the Loop over chunks
  expect(Number(actual.lossSum!.data[0]) / expected.lossSum).toBeCloseTo(1, 5);
  const { tensors: gradientsOfPeft } = await readSafetensors(fixture('head-adapter', 'gradients.safetensors'));
  expect([...gradientsOfPeft.keys()].sort()).toEqual(names.toSorted());
  for (const [name, tensor] of gradientsOfPeft) {
    const wanted = await tensor.float32();
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(maxDifference(actual[`d ${name}`]!.data as Float32Array, wanted) / scale, name).toBeLessThan(2e-5);
  }
});

it("gives PEFT's logits beside the weights and merged", async () => {
  const { checkpoint, golden, adapter, expected } = await load();
  const feeds = { inputIds: int32([golden.inputIds[0]!.slice(0, golden.lengths[0])]) };
  const { config } = checkpoint;
  const merged = await runGraph(
    { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) },
    feeds,
    (g, parameters) => {
      const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
      return {
        logits: decoderLogits(g, config, { parameters }, decoderHidden(g, config, { parameters }, { inputIds })),
      };
    },
  );
  expect(maxDifference(merged.logits!.data as Float32Array, expected.logits)).toBeLessThan(1e-4);
  const tensors = new Map([...checkpoint.tensors, ...adapter.tensors]);
  const beside = await runGraph({ ...checkpoint, tensors }, feeds, (g, parameters) => {
    const parts = { parameters, linear: adapterHook(config, adapter.config, parameters) };
    const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
    return { logits: decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds })) };
  });
  expect(maxDifference(beside.logits!.data as Float32Array, expected.logits)).toBeLessThan(1e-4);
});

it('takes the copy of the base weight that PEFT stores with it, and refuses another one', async () => {
  const { checkpoint, adapter } = await load();
  expect([...adapter.baseCopies.keys()]).toEqual(['lm_head.weight']);
  await checkAdapterBase(checkpoint, adapter);
  const other = new Map([
    ...checkpoint.tensors,
    ['lm_head.weight', checkpoint.tensors.get('model.embed_tokens.weight')!],
  ]);
  const refused = checkAdapterBase({ ...checkpoint, tensors: other }, adapter);
  await expect(refused).rejects.toThrow(/copy of lm_head\.weight/);
  await expect(refused).rejects.toMatchObject({ code: 'ADAPTER_BASE_MISMATCH' });
});

it('says that a tied output layer cannot be named', async () => {
  const { config } = await readCheckpoint(fixture('tiny-llama-biased'));
  const adapter = parseAdapterConfig({ r: 2, lora_alpha: 4, target_modules: ['lm_head'], peft_type: 'LORA' });
  expect(() => adapterModules(config, adapter)).toThrow(/Its output layer is an embedding/);
});
