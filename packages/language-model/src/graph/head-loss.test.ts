import { GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { type Head, type HeadGradients, headLossSum } from './head-loss.js';
import { crossEntropySum } from './loss.js';
import { maxDifference } from './test-models.js';

const [D, V, R] = [3, 5000, 2]; // chunks of 256 rows where the weight learns, else of 209
const wave = (rows: number, columns: number, phase: number): Tensor => ({
  type: 'float32',
  dims: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 0.7 + phase)),
});

/** Loss, number of targets and the gradient of everything; without chunks when `ahead` is left out. */
async function run(rows: number, ahead?: HeadGradients, isWhole = false): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const hidden = g.input('hidden', 'float32', ['N', D]);
  const weight = g.input('weight', 'float32', [V, D]);
  const more = isWhole
    ? { bias: g.input('bias', 'float32', [V]), a: g.input('a', 'float32', [R, D]), b: g.input('b', 'float32', [V, R]) }
    : undefined;
  const labels = g.input('labels', 'int32', ['N']);
  const added = more && { rows: g.op.gemm(hidden, more.a, null, { transB: true }), weight: more.b };
  const logits = (): Value => {
    const plain = g.op.gemm(hidden, weight, more?.bias ?? null, { transB: true });
    return added ? g.op.gemm(added.rows, added.weight, plain, { transB: true }) : plain;
  };
  const head: Head = {
    products: [{ rows: hidden, weight }, ...(added ? [added] : [])],
    ...(more ? { bias: more.bias } : {}),
  };
  const { lossSum, targets } = ahead ? headLossSum(g, head, labels, ahead) : crossEntropySum(g, logits(), labels);
  g.output('lossSum', lossSum);
  g.output('targets', targets);
  const loss = g.op.mul(lossSum, 0.5);
  const wanted = [hidden, weight, ...(more ? [more.bias, more.a, more.b] : [])];
  for (const [i, gradient] of gradients(g, loss, wanted).entries()) g.output(`d${i}`, gradient);
  await using session = await openSession(g.toBytes(), { threads: 1 });
  const data = Int32Array.from({ length: rows }, (_, n) => (n % 4 === 1 ? -100 : (n * 37) % V));
  const bias = wave(V, 1, 3);
  return session.run({
    hidden: wave(rows, D, 1),
    weight: wave(V, D, 2),
    labels: { type: 'int32', dims: [rows], data },
    ...(more ? { bias: { ...bias, dims: [V] }, a: wave(R, D, 4), b: wave(V, R, 5) } : {}),
  });
}

describe.each([
  [1, 'a plain head', false],
  [256, 'a plain head', false],
  [700, 'a plain head', false],
  [1, 'a head with a bias and an adapter', true],
  [700, 'a head with a bias and an adapter', true],
] as const)('%i rows of %s', (rows, _head, isWhole) => {
  it.each([
    ['all gradients computed with the loss', { hidden: true, weight: true }],
    ['one of them, the others again', { hidden: true, weight: false }],
    ['none of them', { hidden: false, weight: false }],
  ])('have the loss and gradients of whole logits with %s', async (_how, ahead) => {
    const [whole, chunked] = [await run(rows, undefined, isWhole), await run(rows, ahead, isWhole)];
    expect(chunked.targets!.data).toEqual(whole.targets!.data);
    expect(Object.keys(chunked)).toHaveLength(isWhole ? 7 : 4);
    for (const name of Object.keys(whole)) {
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
