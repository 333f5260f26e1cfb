import { expect, it } from 'vitest';
import { product, quotient } from './sizes.js';

it.each([
  [[], 1],
  [[2, 3], 6],
  [['T', 'B'], 'B*T'],
  [['B*T', 2, 'B', 3], '6*B*B*T'],
  [['B', 0], 0],
])('the product of %j is %s', (sizes, expected) => {
  expect(product(sizes)).toBe(expected);
});

it.each([
  [12, 4, 3],
  [12, 5, undefined],
  ['6*B*T', '2*B', '3*T'],
  ['B*T', 'T', 'B'],
  ['B', 'T', undefined],
  ['B', 2, undefined],
  [0, 0, undefined],
])('%s / %s is %s', (dividend, divisor, expected) => {
  expect(quotient(dividend, divisor)).toBe(expected);
});
