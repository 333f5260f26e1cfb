import { gradients } from '@flanlab/onnx-graph';
import { describe, expect, it } from 'vitest';
import { linearModules } from '../families/parameters.js';
import { decoderHidden, decoderLogits } from './decoder.js';
import { causalLoss } from './loss.js';
import { int32, loadTiny, maxDifference, packed, runGraph, TINY_MODELS } from './test-models.js';

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

  it.each([1, 2, 3, 7])('gives %i tokens the loss and gradient they have with padding after them', async (length) => {
    const { checkpoint, golden } = await loadTiny(name);
    const weight = [...checkpoint.tensors.keys()].find((key) => key.includes('k_proj') || key.includes('attn'))!;
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

  it.each([
    ['with sizes known at run time', ['B', 'T']] as const,
    // How shapes are computed does not depend on the family.
    ...(name === 'tiny-llama'
      ? ([
          ['with fixed sizes', [3, 11]],
          ['with a fixed length', ['B', 11]],
        ] as const)
      : []),
  ])('gives the summed loss and target count of PyTorch %s', async (_title, shape) => {
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

  it('gives a packed row the loss of its rows apart', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const { lossSum, targets } = await runGraph(checkpoint, packed(golden), (g, parameters) => {
      const input = (key: string) => g.input(key, 'int32', ['B', 'T']);
      const batch = { inputIds: input('inputIds'), labels: input('labels'), positions: input('positions') };
      return { ...causalLoss(g, checkpoint.config, { parameters }, { ...batch, segments: input('segments') }) };
    });
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

  it('lets a hook wrap each linear layer of the blocks', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const seen: string[] = [];
    await runGraph(checkpoint, { inputIds: int32(golden.inputIds) }, (g, parameters) => {
      const parts = {
        parameters,
        linear: (_g: unknown, module: string, _x: unknown, apply: () => ReturnType<typeof parameters>) => {
          seen.push(module);
          return apply();
        },
      };
      const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
      return { hidden: decoderHidden(g, checkpoint.config, parts, { inputIds }) };
    });
    expect(seen).toEqual(linearModules(checkpoint.config).map((module) => module.name));
  });
});
