import { expect, it } from 'vitest';
import { inverseDocumentFrequency, uniformWeight } from './idf.js';

it('counts each reference once per token', () => {
  const weight = inverseDocumentFrequency([Int32Array.of(0, 5, 5, 1), Int32Array.of(0, 6, 1), Int32Array.of(0, 5, 1)]);
  expect(weight(0)).toBe(0); // in every reference
  expect(weight(5)).toBeCloseTo(Math.log(4 / 3), 12);
  expect(weight(6)).toBeCloseTo(Math.log(4 / 2), 12);
  expect(weight(99)).toBeCloseTo(Math.log(4), 12); // in none
});

it('weighs all but special tokens alike', () => {
  expect([101, 7, 102].map(uniformWeight([101, 102]))).toEqual([0, 1, 0]);
});
