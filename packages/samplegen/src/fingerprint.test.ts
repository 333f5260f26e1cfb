import { expect, it } from 'vitest';
import { exampleFingerprint } from './fingerprint.js';

const row = { sentence1: 'a', sentence2: 'b', label: 1, idx: 4, options: '' };

it('is equal for equal inputs, whatever their names, index, label and options', () => {
  expect(exampleFingerprint(row)).toMatch(/^[0-9a-f]{16}$/);
  expect(exampleFingerprint({ id: 'x', premise: 'a', hypothesis: 'b', label: 'no' })).toBe(exampleFingerprint(row));
});

it.each([
  [{ ...row, sentence1: 'b', sentence2: 'a' }],
  [{ ...row, sentence2: 'b ' }],
  [{ ...row, sentence2: ['b'] }],
  [{ ...row, sentence3: null }],
])('differs for other inputs (%#)', (other) => {
  expect(exampleFingerprint(other)).not.toBe(exampleFingerprint(row));
});
