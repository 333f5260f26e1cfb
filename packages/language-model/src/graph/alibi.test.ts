import { expect, it } from 'vitest';
import { alibiBiases, alibiSlopes } from './alibi.js';

it('halves from head to head where heads are a power of two, and fills others in between', () => {
  // The paper's 1/2, 1/4, … 1/256 for eight heads.
  expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => 2 ** -n));
  expect(alibiSlopes(3)).toEqual([2 ** -4, 2 ** -8, 2 ** -2]);
});

it('rounds to bfloat16 as Falcon does: positions beyond 256 share a bias', () => {
  const biases = alibiBiases({ heads: 2, maxPositions: 300 });
  expect(biases[2 * 100]).toBe(100 / 16);
  expect([256, 257, 258].map((place) => biases[2 * place])).toEqual([16, 16, 258 / 16]);
});
