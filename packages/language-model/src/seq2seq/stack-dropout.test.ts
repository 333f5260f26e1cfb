import type { Tensor } from '@flanlab/onnx-session';
import { expect, it } from 'vitest';
import { int32, openGraph } from '../graph/test-models.js';
import { seq2seqEncoderHidden } from './seq2seq-graph.js';
import { loadTinySeq2Seq } from './test-seq2seq.js';

const PROBABILITY = 0.2;
const [BATCHES, ROWS, TOKENS] = [40, 3, 16];

/** What the encoder gives for the same texts in one batch after another: its last dropout shows in zeros. */
async function states(seed: number): Promise<Float32Array[]> {
  const { checkpoint } = await loadTinySeq2Seq('t5-v1.0');
  await using session = await openGraph(checkpoint, (g, parameters) => {
    const batch = g.input('batch', 'int64', []);
    const inputIds = g.input('inputIds', 'int32', ['B', 'S']);
    const parts = { parameters, dropout: { probability: PROBABILITY, seed, batch } };
    return { states: seq2seqEncoderHidden(g, checkpoint.config, parts, inputIds) };
  });
  const ids = int32(Array.from({ length: ROWS }, (_, b) => Array.from({ length: TOKENS }, (_, t) => (b + 5 * t) % 40)));
  const all: Float32Array[] = [];
  for (let number = 0; number < BATCHES; number++) {
    const batch: Tensor = { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(number)) };
    const outputs = await session.run({ batch, inputIds: ids });
    all.push(outputs.states!.data as Float32Array);
  }
  return all;
}

const shareOf = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
/** Four standard deviations of a share. */
const spread = (share: number, count: number): number => 4 * Math.sqrt((share * (1 - share)) / count);

it('drops the share that was asked for, another one in each batch and for each seed, and repeats it', async () => {
  const [first, other] = [await states(1), await states(2)];
  const dropped = first.flatMap((batch) => Array.from(batch, (x) => x === 0));
  const n = dropped.length;
  expect(Math.abs(shareOf(dropped) - PROBABILITY)).toBeLessThan(spread(PROBABILITY, n));
  // What stands beside it, what was there in the batch before, and what another seed drops: as if by chance.
  const size = first[0]!.length;
  const together = (another: (i: number) => boolean): number => shareOf(dropped.map((drops, i) => drops && another(i)));
  const neighbours = [
    (i: number) => dropped[(i + 1) % n]!,
    (i: number) => dropped[(i + size) % n]!,
    (i: number) => other[Math.floor(i / size)]![i % size] === 0,
  ];
  for (const neighbour of neighbours) {
    expect(Math.abs(together(neighbour) - PROBABILITY ** 2)).toBeLessThan(spread(PROBABILITY ** 2, n));
  }
  expect(await states(1)).toEqual(first);
});
