import { expect, it } from 'vitest';
import { dataWarnings } from './data-warnings.js';
import { DEFAULT_RECIPE } from './recipe.js';

const summary = {
  rows: 9,
  usedRows: 9,
  tokens: 90,
  targets: 80,
  longest: 12,
  truncated: 0,
  doubleBos: 0,
  learnToStop: 9,
  withoutTarget: [],
};
const codes = (change: object, recipe: object = {}): unknown[] =>
  dataWarnings({ ...summary, ...change }, { ...DEFAULT_RECIPE, ...recipe }).map(
    (event) => 'code' in event && event.code,
  );

it('is silent about rows that are as they should be', () => {
  expect(codes({})).toEqual([]);
});

it.each([
  [{ usedRows: 7, learnToStop: 7, withoutTarget: [1, 2] }, 'rows-without-target'],
  [{ truncated: 1 }, 'rows-truncated'],
  [{ doubleBos: 3 }, 'double-bos'],
  [{ learnToStop: 5 }, 'rows-without-eos'],
])('warns of %o', (change, code) => {
  expect(codes(change)).toEqual([code]);
});

it('says what becomes of a second beginning, and does not ask an encoder to stop', () => {
  const message = (doubleBos: 'avoid' | 'keep') =>
    dataWarnings({ ...summary, doubleBos: 2 }, { ...DEFAULT_RECIPE, doubleBos })[0];
  expect(message('avoid')).toMatchObject({
    message: '2 of 9 rows begin with two beginning-of-sequence tokens; the second is removed.',
  });
  expect(message('keep')).toMatchObject({ message: expect.stringContaining('both are kept') });
  expect(codes({ learnToStop: 0 }, { objective: 'masked' })).toEqual([]);
});
