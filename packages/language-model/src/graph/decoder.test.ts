import { GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../families/families.js';
import { linearModules, modelParameters } from '../families/parameters.js';
import { decoderHidden, decoderLogits } from './decoder.js';
import { causalLoss } from './loss.js';
import { int32, loadTiny, maxDifference, runGraph, TINY_MODELS } from './test-models.js';

it('has a tiny model of every family', async () => {
  const models = await Promise.all(TINY_MODELS.map(loadTiny));
  const families = new Set(models.map(({ checkpoint }) => checkpoint.config.family));
  expect([...families].sort()).toEqual(Object.keys(FAMILIES).sort());
});

describe.each(TINY_MODELS)('%s', (name) => {
  it('gives the logits of PyTorch for every real token of a padded batch', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const { config } = checkpoint;
    const { logits } = await runGraph(checkpoint, { inputIds: int32(golden.inputIds) }, (g, parameters) => {
      const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
      return {
        logits: decoderLogits(g, config, { parameters }, decoderHidden(g, config, { parameters }, { inputIds })),
      };
    });
    const T = golden.inputIds[0]!.length;
    const V = config.vocabularySize;
    expect(logits?.dims).toEqual([3 * T, V]);
    for (const [row, expected] of golden.logits.entries()) {
      const actual = (logits!.data as Float32Array).subarray(row * T * V, row * T * V + expected.length);
      // Sums of a few dozen float32 products in another order.
      expect(maxDifference(actual, expected)).toBeLessThan(2e-5);
    }
  });

  it('lets a hook wrap each linear layer of the blocks', async () => {
    const { config } = (await loadTiny(name)).checkpoint;
    const seen: string[] = [];
    const g = new GraphBuilder();
    const shapes = new Map(modelParameters(config).map((parameter) => [parameter.name, parameter.shape]));
    const parts = {
      parameters: (key: string) => g.input(key, 'float32', shapes.get(key)!),
      linear: (_g: unknown, module: string, _x: unknown, apply: () => Value) => {
        seen.push(module);
        return apply();
      },
    };
    decoderHidden(g, config, parts, { inputIds: g.input('inputIds', 'int32', ['B', 'T']) });
    expect(seen).toEqual(linearModules(config).map((module) => module.name));
  });
});

// One of each way to put a block together.
describe.each(['tiny-llama', 'tiny-gpt2', 'tiny-mistral-window', 'tiny-falcon-7b', 'tiny-opt-350m'])('%s', (name) => {
  it.each([1, 2, 3, 7])('gives %i tokens the loss and gradient they have with padding after them', async (length) => {
    const { checkpoint, golden } = await loadTiny(name);
    const weight = [...checkpoint.tensors.keys()].find((key) => /(k_proj|c_attn|query_key_value).weight/u.test(key))!;
    const run = (width: number) => {
      const row = golden.inputIds[0]!.slice(0, length);
      const padded = (filler: number) => int32([[...row, ...Array<number>(width - length).fill(filler)]]);
      return runGraph(checkpoint, { inputIds: padded(0), labels: padded(-100) }, (g, parameters) => {
        const [inputIds, labels] = [g.input('inputIds', 'int32', ['B', 'T']), g.input('labels', 'int32', ['B', 'T'])];
        const { lossSum } = causalLoss(g, checkpoint.config, { parameters }, { inputIds, labels });
        return { lossSum, gradient: gradients(g, lossSum, [parameters(weight)])[0] };
      });
    };
    // Rows with fewer tokens than attention has blocks, and one whose last block is longer.
    const [short, long] = [await run(length), await run(11)];
    expect(short.lossSum!.data[0]).toBeCloseTo(Number(long.lossSum!.data[0]), 4);
    expect(maxDifference(short.gradient!.data as Float32Array, long.gradient!.data as Float32Array)).toBeLessThan(2e-5);
  });
});

describe.each(['tiny-llama'])('%s', (name) => {
  it.each([
    ['known at run time', ['B', 'T']],
    ['fixed', [3, 11]],
    ['of a fixed length', ['B', 11]],
  ] as const)('gives the summed loss and target count of PyTorch, sizes %s', async (_title, shape) => {
    const { checkpoint, golden } = await loadTiny(name);
    const feeds = { inputIds: int32(golden.inputIds), labels: int32(golden.labels) };
    const { lossSum, targets } = await runGraph(checkpoint, feeds, (g, parameters) => {
      const batch = { inputIds: g.input('inputIds', 'int32', shape), labels: g.input('labels', 'int32', shape) };
      return { ...causalLoss(g, checkpoint.config, { parameters }, batch) };
    });
    expect(lossSum?.dims).toEqual([]);
    expect(Number(lossSum?.data[0])).toBeCloseTo(golden.lossSum, 3);
    expect(targets?.data[0]).toBe(golden.targets);
  });

  it('counts no target and no loss where every label is ignored', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const feeds = { inputIds: int32(golden.inputIds), labels: int32(golden.labels.map((row) => row.map(() => -100))) };
    const { lossSum, targets } = await runGraph(checkpoint, feeds, (g, parameters) => {
      const batch = {
        inputIds: g.input('inputIds', 'int32', ['B', 'T']),
        labels: g.input('labels', 'int32', ['B', 'T']),
      };
      return { ...causalLoss(g, checkpoint.config, { parameters }, batch) };
    });
    expect(Math.abs(Number(lossSum?.data[0]))).toBe(0);
    expect(targets?.data[0]).toBe(0);
  });
});
