import { expect, it } from 'vitest';
import { admission, newRow } from './decode-row.js';

const rows = (lengths: readonly number[]) => lengths.map((length, i) => newRow(i, new Int32Array(length), 10));
const limits = { batchTokens: 100, batchRows: 4 };

it.each([
  ['fills the token budget by the longest row and its answer', [], [40, 10, 10], 2],
  ['fills the rows', [], [1, 1, 1, 1, 1], 4],
  ['takes one row that is too long, alone', [], [500, 1], 1],
  ['has nothing to take', [], [], 0],
  ['lets newcomers wait until they are as many as those at work', [5, 5, 5], [5, 5], 0],
  ['takes newcomers that are as many', [5], [5, 5, 5, 5], 3],
  ['counts the longest row at work', [40], [1, 1, 1], 1],
])('%s', (_title, running, waiting, expected) => {
  expect(admission(rows(running), rows(waiting), limits)).toBe(expected);
});
