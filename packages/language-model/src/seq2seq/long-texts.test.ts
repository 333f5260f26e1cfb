import { GraphBuilder } from '@flanlab/onnx-graph';
import { expect, it } from 'vitest';
import { initialiseWeights } from '../checkpoint/initialise-weights.js';
import { parseModelConfig } from '../families/parse-config.js';
import { outputNorms, runMeasured } from '../graph/test-memory.js';
import { int32 } from '../graph/test-models.js';
import { type Seq2SeqLossOptions, seq2seqLoss } from './seq2seq-loss.js';

const T = 4096;
const MIB = 2 ** 20;

const config = parseModelConfig({
  model_type: 't5',
  vocab_size: 64,
  d_model: 16,
  d_kv: 8,
  d_ff: 16,
  num_layers: 1,
  num_heads: 2,
  decoder_start_token_id: 0,
});

/** Of loss and gradients of a text and an answer of T tokens. */
async function peakOf(options: Seq2SeqLossOptions): Promise<number> {
  const g = new GraphBuilder();
  const weights = initialiseWeights(config, 0);
  const values = new Map([...weights].map(([name, { dims }]) => [name, g.input(name, 'float32', dims)]));
  const batch = {
    inputIds: g.input('inputIds', 'int32', ['B', 'S']),
    labels: g.input('labels', 'int32', ['B', 'T']),
  };
  const dropout = { probability: 0.1, seed: 1, batch: g.constant('int64', 0) };
  const parts = { parameters: (name: string) => values.get(name)!, dropout };
  const { lossSum } = seq2seqLoss(g, config, parts, batch, options);
  outputNorms(g, lossSum, values.values());
  const ids = int32([Array.from({ length: T }, (_, t) => (t * 7) % 64)]);
  const { outputs, peakBytes } = await runMeasured(g, { inputIds: ids, labels: ids, ...Object.fromEntries(weights) });
  for (const { data } of Object.values(outputs)) expect(Number.isFinite(data[0])).toBe(true);
  return peakBytes;
}

it('never holds the weights of all queries, not even of one head, at 4,096 tokens', async () => {
  const oneHead = 4 * T * T; // 64 MiB
  const peak = await peakOf({ attention: 'recomputed', headGradients: { hidden: true, weight: true } });
  // A block of 256 queries of both heads takes 8 MiB; scores, biases, weights, what is dropped, and their gradients.
  expect(peak / MIB).toBeLessThan(0.9 * (oneHead / MIB));
}, 180_000);
