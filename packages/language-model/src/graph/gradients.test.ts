import { gradients, type Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { causalLoss, type LossOptions } from './loss.js';
import { fixture, type Golden, int32, loadTiny, maxDifference, packed, runGraph, TINY_MODELS } from './test-models.js';

describe.each(TINY_MODELS)('%s', (name) => {
  it('gives the loss of PyTorch, and its gradient for every parameter', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const names = [...checkpoint.tensors.keys()];
    const feeds = { inputIds: int32(golden.inputIds), labels: int32(golden.labels) };
    const actual = await runGraph(checkpoint, feeds, (g, parameters) => {
      const batch = {
        inputIds: g.input('inputIds', 'int32', ['B', 'T']),
        labels: g.input('labels', 'int32', ['B', 'T']),
      };
      // As a training run computes it.
      const headGradients = { hidden: true, weight: true };
      const options: LossOptions = { attention: 'recomputed', checkpointBlocks: true, headGradients };
      const { lossSum, targets } = causalLoss(g, checkpoint.config, { parameters }, batch, options);
      const results = gradients(g, lossSum, names.map(parameters)) as readonly Value[];
      return { lossSum, targets, ...gradientsByName(names, results) };
    });
    await expectLoss(name, golden, actual);
  });

  it('gives a packed row the loss and gradient of its rows apart', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const names = [...checkpoint.tensors.keys()];
    const actual = await runGraph(checkpoint, packed(golden), (g, parameters) => {
      const input = (key: string) => g.input(key, 'int32', ['B', 'T']);
      const batch = { inputIds: input('inputIds'), labels: input('labels'), positions: input('positions') };
      const inputs = { ...batch, segments: input('segments') };
      const { lossSum, targets } = causalLoss(g, checkpoint.config, { parameters }, inputs);
      const results = gradients(g, lossSum, names.map(parameters)) as readonly Value[];
      return { lossSum, targets, ...gradientsByName(names, results) };
    });
    await expectLoss(name, golden, actual);
  });
});

function gradientsByName(names: readonly string[], results: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(names.map((parameter, i) => [`d ${parameter}`, results[i]!]));
}

async function expectLoss(name: string, golden: Golden, actual: Record<string, Tensor>): Promise<void> {
  expect(Number(actual.lossSum!.data[0])).toBeCloseTo(golden.lossSum, 3);
  expect(actual.targets!.data[0]).toBe(golden.targets);
  const { tensors } = await readSafetensors(fixture(name, 'gradients.safetensors'));
  expect([...tensors.keys()].map((parameter) => `d ${parameter}`).sort()).toEqual(
    Object.keys(actual)
      .filter((key) => key.startsWith('d '))
      .sort(),
  );
  const gradients = new Map<string, Float32Array>();
  for (const [parameter, tensor] of tensors) gradients.set(parameter, await tensor.float32());
  const largest = (values: Float32Array): number => values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  // The gradient of a key's bias is zero, but for rounding: such are measured against those of the whole model.
  const least = 1e-3 * Math.max(...[...gradients.values()].map(largest));
  for (const [parameter, expected] of gradients) {
    const result = actual[`d ${parameter}`]!;
    expect(result.dims, parameter).toEqual(tensors.get(parameter)!.shape);
    // Relative to the largest entry: float32 sums over 22 tokens, in another order than PyTorch's.
    const error = maxDifference(result.data as Float32Array, expected) / Math.max(largest(expected), least);
    expect(error, parameter).toBeLessThan(2e-5);
  }
}
