import { expect, it } from 'vitest';
import { gradients } from '../gradients.js';
import { GraphBuilder } from '../graph-builder.js';
import { openWithThreads } from '../testing/onnxruntime.js';

it.each([
  [1000, 'scattered'],
  [100, 'one-hot'],
])('adds up thousands of equal indices exactly in two threads: %i rows, %s', async (vocabulary) => {
  const [rows, width] = [4096, 192];
  const g = new GraphBuilder();
  const table = g.input('table', 'float32', [vocabulary, width]);
  const indices = g.input('indices', 'int32', [rows]);
  const weights = g.input('weights', 'float32', [rows, width]);
  const loss = g.op.reduceSum(g.op.mul(g.op.gather(table, indices), weights), undefined, { keepDims: false });
  g.output('d', gradients(g, loss, [table])[0]);
  const run = await openWithThreads(2)(g.toBytes());
  const indexData = Int32Array.from({ length: rows }, (_, n) => (n % 3 === 2 ? -1 : n % 3));
  const weightData = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));
  const feeds = {
    table: { type: 'float32', shape: [vocabulary, width], data: new Float32Array(vocabulary * width) },
    indices: { type: 'int32', shape: [rows], data: indexData },
    weights: { type: 'float32', shape: [rows, width], data: weightData },
  } as const;
  const expected = new Float64Array(vocabulary * width);
  for (let n = 0; n < rows; n++) {
    const row = indexData[n]! < 0 ? vocabulary - 1 : indexData[n]!;
    for (let d = 0; d < width; d++) expected[row * width + d]! += weightData[n * width + d]!;
  }
  const first = Array.from((await run(feeds)).d!);
  // 1365 float32 additions of numbers below 1.
  const peak = expected.reduce((max, x) => Math.max(max, Math.abs(x)), 1);
  expect(first.reduce((max, x, i) => Math.max(max, Math.abs(x - expected[i]!)), 0) / peak).toBeLessThan(1e-4);
  expect(Array.from((await run(feeds)).d!)).toEqual(first);
});

it('gives rows taken by NonZero their gradients back, and the others zeros', async () => {
  const g = new GraphBuilder();
  const table = g.input('table', 'float32', ['V', 2]);
  const mask = g.input('mask', 'bool', ['V']);
  const weights = g.input('weights', 'float32', ['N', 2]);
  const [places] = g.node('NonZero', [mask], { outputs: [{ type: 'int64', shape: [1, 'N'] }] });
  const rows = g.op.gather(table, g.op.reshape(places!, [-1]));
  const loss = g.op.reduceSum(g.op.mul(rows, weights), undefined, { keepDims: false });
  g.output('d', gradients(g, loss, [table])[0]);
  const run = await openWithThreads(1)(g.toBytes());
  const { d } = await run({
    table: { type: 'float32', shape: [4, 2], data: new Float32Array(8) },
    mask: { type: 'bool', shape: [4], data: Uint8Array.of(0, 1, 0, 1) },
    weights: { type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  });
  expect(Array.from(d!)).toEqual([0, 0, 1, 2, 0, 0, 3, 4]);
});
