import { GraphBuilder, gradients } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { type HeadGradients, headLossSum } from './head-loss.js';
import { crossEntropySum } from './loss.js';
import { maxDifference } from './test-models.js';

const [D, V] = [3, 5000]; // chunks of 256 rows where the weight learns, else of 209
const wave = (rows: number, columns: number, phase: number): Tensor => ({
  type: 'float32',
  dims: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 0.7 + phase)),
});

/** Loss, number of targets and both gradients; without chunks when `ahead` is left out. */
async function run(rows: number, ahead?: HeadGradients): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const hidden = g.input('hidden', 'float32', ['N', D]);
  const weight = g.input('weight', 'float32', [V, D]);
  const labels = g.input('labels', 'int32', ['N']);
  const { lossSum, targets } = ahead
    ? headLossSum(g, hidden, weight, labels, ahead)
    : crossEntropySum(g, g.op.gemm(hidden, weight, null, { transB: true }), labels);
  g.output('lossSum', lossSum);
  g.output('targets', targets);
  const loss = g.op.mul(lossSum, 0.5);
  for (const [i, gradient] of gradients(g, loss, [hidden, weight]).entries()) g.output(`d${i}`, gradient);
  await using session = await openSession(g.toBytes(), { threads: 1 });
  const data = Int32Array.from({ length: rows }, (_, n) => (n % 4 === 1 ? -100 : (n * 37) % V));
  return session.run({
    hidden: wave(rows, D, 1),
    weight: wave(V, D, 2),
    labels: { type: 'int32', dims: [rows], data },
  });
}

describe.each([1, 256, 700])('%i rows', (rows) => {
  it.each([
    ['both gradients computed with the loss', { hidden: true, weight: true }],
    ['one of them, the other again', { hidden: true, weight: false }],
    ['none of them', { hidden: false, weight: false }],
  ])('have the loss and gradients of whole logits with %s', async (_how, ahead) => {
    const [whole, chunked] = [await run(rows), await run(rows, ahead)];
    expect(chunked.targets!.data).toEqual(whole.targets!.data);
    for (const name of ['lossSum', 'd0', 'd1']) {
      const [actual, expected] = [chunked[name]!, whole[name]!];
      expect(actual.dims, name).toEqual(expected.dims);
      const scale = (expected.data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // float32 sums over 5,000 words or 700 rows in another order.
      expect(maxDifference(actual.data as Float32Array, expected.data as Float32Array) / scale, name).toBeLessThan(
        1e-5,
      );
    }
  });
});

it('is 0 without rows', async () => {
  const { lossSum, targets, d1 } = await run(0, { hidden: true, weight: true });
  expect([Number(lossSum!.data[0]), targets!.data[0]]).toEqual([0, 0]);
  expect((d1!.data as Float32Array).every((x) => x === 0)).toBe(true);
});
