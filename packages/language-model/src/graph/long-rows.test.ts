import { GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { initialiseWeights } from '../checkpoint/initialise-weights.js';
import { parseModelConfig } from '../families/parse-config.js';
import { causalLoss, type LossOptions } from './loss.js';
import { outputNorms, runMeasured } from './test-memory.js';
import { int32, loadTiny, maxDifference, packed, runGraph } from './test-models.js';

/** Grouped heads, one key for all heads, windows. */
const MODELS = ['tiny-qwen2', 'tiny-falcon-7b', 'tiny-mistral-window'] as const;

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

describe('memory at the peak of a run', () => {
  const T = 1024;
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 4096,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 6,
    num_attention_heads: 4,
    max_position_embeddings: T,
  });

  async function peakOf(options: LossOptions): Promise<number> {
    const g = new GraphBuilder();
    const weights = initialiseWeights(config, 0);
    const values = new Map([...weights].map(([name, { dims }]) => [name, g.input(name, 'float32', dims)]));
    const batch = { inputIds: g.input('inputIds', 'int32', ['B', T]), labels: g.input('labels', 'int32', ['B', T]) };
    const { lossSum } = causalLoss(g, config, { parameters: (name) => values.get(name)! }, batch, options);
    outputNorms(g, lossSum, values.values());
    const ids = int32([Array.from({ length: T }, (_, t) => (t * 7) % 4096)]);
    const { peakBytes } = await runMeasured(g, { inputIds: ids, labels: ids, ...Object.fromEntries(weights) });
    return peakBytes;
  }

  it('falls to half, and never holds the products of all queries of a layer, nor all logits', async () => {
    const [kept, again] = [await peakOf({ attention: 'recomputed', headGradients: HEAD }), await peakOf(EVERYTHING)];
    expect(again).toBeLessThan(kept / 2);
    // Either takes 16 MiB, and another 16 with its gradient. A block of queries has a quarter, as a chunk of logits has.
    expect(again).toBeLessThan(24 * 2 ** 20);
  });
});
