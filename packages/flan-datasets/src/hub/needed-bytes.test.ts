import { expect, it } from 'vitest';
import { joinSpans } from './needed-bytes.js';

const MIB = 2 ** 20;

it.each([
  [
    'neighbours',
    [
      [4, 10],
      [10, 20],
    ],
    [[4, 20]],
  ],
  [
    'a small gap',
    [
      [4, 10],
      [1000, 2000],
    ],
    [[4, 2000]],
  ],
  [
    'a large gap',
    [
      [4, 10],
      [MIB, MIB + 5],
    ],
    [
      [4, 10],
      [MIB, MIB + 5],
    ],
  ],
  [
    'up to eight mebibytes',
    [
      [0, 5 * MIB],
      [5 * MIB, 9 * MIB],
    ],
    [
      [0, 5 * MIB],
      [5 * MIB, 9 * MIB],
    ],
  ],
  [
    'a column that is large by itself',
    [
      [0, 4],
      [4, 100 * MIB],
      [100 * MIB, 100 * MIB + 4],
    ],
    [
      [0, 4],
      [100 * MIB, 100 * MIB + 4],
    ],
  ],
  [
    'overlaps of a damaged footer',
    [
      [0, 10],
      [5, 20],
    ],
    [
      [0, 10],
      [5, 20],
    ],
  ],
] as const)('%s', (_what, spans, joined) => {
  expect(joinSpans(spans)).toEqual(joined);
});
