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
