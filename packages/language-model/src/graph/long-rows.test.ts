import { type GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { causalLoss, type LossOptions } from './loss.js';
import { int32, loadTiny, maxDifference, packed, runGraph } from './test-models.js';

/** One of each kind of attention: plain, grouped heads, windows, multi-query, rotary, ALiBi or neither. */
const MODELS = [
  'tiny-llama',
  'tiny-gpt2',
  'tiny-qwen2',
  'tiny-mistral-window',
  'tiny-falcon-7b',
  'tiny-falcon-rw',
] as const;

const HEAD = { hidden: true, weight: true };
const OPTIONS: Readonly<Record<string, LossOptions>> = {
  'attention computed again': { attention: 'recomputed' },
  'blocks computed again': { checkpointBlocks: true },
  'gradients of the output layer computed with the loss': { headGradients: HEAD },
  'one of them': { headGradients: { hidden: true, weight: false } },
};
const EVERYTHING: LossOptions = { checkpointBlocks: true, attention: 'recomputed', headGradients: HEAD };

type Names = readonly ('inputIds' | 'labels' | 'positions' | 'segments')[];

async function lossAndGradients(
  name: string,
  feeds: Readonly<Record<string, Tensor>>,
  options: LossOptions,
): Promise<Record<string, Tensor>> {
  const { checkpoint } = await loadTiny(name);
  const names = [...checkpoint.tensors.keys()];
  return runGraph(checkpoint, feeds, (g: GraphBuilder, parameters) => {
    const batch = Object.fromEntries(
      (Object.keys(feeds) as unknown as Names).map((key) => [key, g.input(key, 'int32', ['B', 'T'])]),
    ) as unknown as Parameters<typeof causalLoss>[3];
    const { lossSum, targets } = causalLoss(g, checkpoint.config, { parameters }, batch, options);
    const results: readonly Value[] = gradients(g, lossSum, names.map(parameters));
    return { lossSum, targets, ...Object.fromEntries(names.map((parameter, i) => [`d ${parameter}`, results[i]!])) };
  });
}

/** Rows longer than four blocks of queries, so that blocks are unequal, and longer than windows. */
function longFeeds(vocabulary: number): Record<string, Tensor> {
  const ids = (rows: number, length: number): number[][] =>
    Array.from({ length: rows }, (_, b) => Array.from({ length }, (_, t) => (t * 7 + b * 3 + 1) % vocabulary));
  const inputIds = ids(2, 31);
  return { inputIds: int32(inputIds), labels: int32(inputIds.map((row) => row.map((id, t) => (t % 5 ? id : -100)))) };
}

async function expectSame(name: string, feeds: Readonly<Record<string, Tensor>>, options: LossOptions): Promise<void> {
  const [expected, actual] = [await lossAndGradients(name, feeds, {}), await lossAndGradients(name, feeds, options)];
  for (const [key, { data }] of Object.entries(expected)) {
    const [a, b] = [actual[key]!.data as Float32Array, data as Float32Array];
    const scale = b.reduce((max, x) => Math.max(max, Math.abs(x)), 1e-3);
    // Sums in another order.
    expect(maxDifference(a, b) / scale, key).toBeLessThanOrEqual(5e-6);
  }
}

describe.each(MODELS)('%s', (name) => {
  it('has the same loss and gradients with everything computed again', async () => {
    const { checkpoint } = await loadTiny(name);
    await expectSame(name, longFeeds(checkpoint.config.vocabularySize), EVERYTHING);
  });

  it('has them for packed rows too', async () => {
    const { golden } = await loadTiny(name);
    await expectSame(name, packed(golden), EVERYTHING);
  });
});

it.each(Object.entries(OPTIONS))('has the same loss and gradients with %s', async (_title, options) => {
  const { checkpoint } = await loadTiny('tiny-llama');
  await expectSame('tiny-llama', longFeeds(checkpoint.config.vocabularySize), options);
});

it('gives blocks computed again the same bits', async () => {
  const { checkpoint } = await loadTiny('tiny-llama');
  const feeds = longFeeds(checkpoint.config.vocabularySize);
  const [kept, again] = [
    await lossAndGradients('tiny-llama', feeds, {}),
    await lossAndGradients('tiny-llama', feeds, { checkpointBlocks: true }),
  ];
  expect(again).toEqual(kept);
});
