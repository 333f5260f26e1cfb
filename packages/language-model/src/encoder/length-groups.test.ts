import { expect, it } from 'vitest';
import { groupByLength } from './length-groups.js';

it.each([
  ['keeps lengths apart, the longest first', [2, 5, 2, 5, 3], 100, [[1, 3], [4], [0, 2]]],
  ['fills groups up to the limit', [4, 4, 4, 4, 4], 8, [[0, 1], [2, 3], [4]]],
  ['gives a row that is too long a group of its own', [9, 9], 8, [[0], [1]]],
  ['gives nothing for nothing', [], 8, []],
])('%s', (_title, lengths, maxTokens, expected) => {
  expect(groupByLength(lengths, maxTokens)).toEqual(expected);
});
