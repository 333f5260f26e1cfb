import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder, gradients } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { expect, it } from 'vitest';
import { initialiseWeights } from '../checkpoint/initialise-weights.js';
import { parseModelConfig } from '../families/parse-config.js';
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

/** Bytes that ONNX Runtime had handed out at most, by its own account, in loss and gradients of a text and an answer of T tokens. */
async function peakBytes(options: Seq2SeqLossOptions): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'flanlab-'));
  try {
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
    for (const [i, gradient] of gradients(g, lossSum, [...values.values()]).entries()) {
      g.output(`norm ${i}`, g.op.reduceSumSquare(gradient, undefined, { keepDims: false }));
    }
    const settings = { threads: 1, memoryPattern: false, profilePrefix: join(dir, 'profile') };
    await using session = await openSession(g.toBytes(), settings);
    const ids = int32([Array.from({ length: T }, (_, t) => (t * 7) % 64)]);
    const feeds = [...weights].map(([name, { dims, data }]) => [name, { type: 'float32', dims, data }] as const);
    const outputs = await session.run({
      inputIds: ids,
      labels: ids,
      ...(Object.fromEntries(feeds) as Record<string, Tensor>),
    });
    for (const { data } of Object.values(outputs)) expect(Number.isFinite(data[0])).toBe(true);
    await session.close();
    const [profile] = await readdir(dir);
    const events = JSON.parse(await readFile(join(dir, profile!), 'utf8')) as { args?: Record<string, string> }[];
    return Math.max(...events.map(({ args }) => Number(args?.mem_bytes_requested_in_use ?? 0)));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

it('never holds the weights of all queries, not even of one head, at 4,096 tokens', async () => {
  const oneHead = 4 * T * T; // 64 MiB
  const peak = await peakBytes({ attention: 'recomputed', headGradients: { hidden: true, weight: true } });
  // A block of 256 queries of both heads takes 8 MiB; scores, biases, weights, what is dropped, and their gradients.
  expect(peak / MIB).toBeLessThan(0.9 * (oneHead / MIB));
}, 180_000);
