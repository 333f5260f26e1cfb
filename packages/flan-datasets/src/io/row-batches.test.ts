import { expect, it } from 'vitest';
import { collect } from '../collect.js';
import { batchesOf } from './row-batches.js';

async function* stream(items: readonly number[]): AsyncGenerator<number> {
  yield* items;
}

it.each<[readonly number[], readonly (readonly number[])[]]>([
  [[], []],
  [[1, 2], [[1, 2]]],
  [
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    [1, 2, 3],
    [[1, 2], [3]],
  ],
])('cuts %j, from memory or from a stream', async (items, batches) => {
  expect(await collect(batchesOf(items, 2))).toEqual(batches);
  expect(await collect(batchesOf(stream(items), 2))).toEqual(batches);
});
