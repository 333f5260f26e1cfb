import { gradients, type Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { causalLoss } from './loss.js';
import { fixture, int32, loadTiny, maxDifference, packed, runGraph, TINY_MODELS } from './test-models.js';

describe.each(TINY_MODELS)('%s', (name) => {
  it('gives the gradient of PyTorch for every parameter', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const names = [...checkpoint.tensors.keys()];
    const feeds = { inputIds: int32(golden.inputIds), labels: int32(golden.labels) };
    const actual = await runGraph(checkpoint, feeds, (g, parameters) => {
      const batch = {
        inputIds: g.input('inputIds', 'int32', ['B', 'T']),
        labels: g.input('labels', 'int32', ['B', 'T']),
      };
      const { lossSum } = causalLoss(g, checkpoint.config, { parameters }, batch);
      const results = gradients(g, lossSum, names.map(parameters)) as readonly Value[];
      return Object.fromEntries(names.map((parameter, i) => [`d ${parameter}`, results[i]!]));
    });
    await expectGradients(name, names, actual);
  });

  it('gives a packed row the gradient of its rows apart', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const names = [...checkpoint.tensors.keys()];
    const actual = await runGraph(checkpoint, packed(golden), (g, parameters) => {
      const input = (key: string) => g.input(key, 'int32', ['B', 'T']);
      const batch = { inputIds: input('inputIds'), labels: input('labels'), positions: input('positions') };
      const inputs = { ...batch, segments: input('segments') };
      const { lossSum } = causalLoss(g, checkpoint.config, { parameters }, inputs);
      const results = gradients(g, lossSum, names.map(parameters)) as readonly Value[];
      return Object.fromEntries(names.map((parameter, i) => [`d ${parameter}`, results[i]!]));
    });
    await expectGradients(name, names, actual);
  });
});

async function expectGradients(name: string, names: readonly string[], actual: Record<string, Tensor>): Promise<void> {
  const { tensors } = await readSafetensors(fixture(name, 'gradients.safetensors'));
  expect([...tensors.keys()].sort()).toEqual([...names].sort());
  for (const parameter of names) {
    const expected = await tensors.get(parameter)!.float32();
    const result = actual[`d ${parameter}`]!;
    expect(result.dims, parameter).toEqual(tensors.get(parameter)!.shape);
    const scale = expected.reduce((max, x) => Math.max(max, Math.abs(x)), 1e-3);
    // Relative to the largest entry: float32 sums over 22 tokens, in another order than PyTorch's.
    expect(maxDifference(result.data as Float32Array, expected) / scale, parameter).toBeLessThan(2e-5);
  }
}
