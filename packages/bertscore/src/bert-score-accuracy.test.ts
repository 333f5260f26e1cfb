import { expect, it } from 'vitest';
import { bertScoreAccuracy } from './bert-score-accuracy.js';
import { fakeEncoder } from './test-encoder.js';

it('chooses the most similar option of each row and counts right ones in percent', async () => {
  const result = await bertScoreAccuracy({
    encoder: fakeEncoder(),
    predictions: ['it is abc', 'xyz', 'no', 'abc'],
    options: [
      ['abc', 'xyz'],
      ['abc', 'xyz'],
      ['yes', 'no', 'maybe'],
      ['xyz', 'abcd'],
    ],
    targets: ['abc', 'abc', 'no', 'abcd'],
  });
  expect(result).toMatchObject({ accuracy: 75, chosen: [0, 1, 1, 1], emptyPredictions: 0 });
  expect(result.f1.map((row) => row.length)).toEqual([2, 2, 3, 2]);
  expect(result.signature).toMatch(/^fake_L1_no-idf_version=/u);
});

it('takes the first option on ties, so for empty and missing predictions too', async () => {
  const result = await bertScoreAccuracy({
    encoder: fakeEncoder(),
    predictions: ['', null, undefined, ' \n', 'ab'],
    options: [
      ['no', 'yes'],
      ['no', 'yes'],
      ['no', 'yes'],
      ['no', 'yes'],
      ['ba', 'ab'],
    ],
    targets: ['no', 'yes', 'no', 'yes', 'ab'],
  });
  // The fake encoder knows no order of characters: "ba" and "ab" tie.
  expect(result).toMatchObject({ accuracy: 40, chosen: [0, 0, 0, 0, 0], emptyPredictions: 4 });
});

it.each([
  ['BERTSCORE_OPTIONS_EMPTY', { predictions: ['a'], options: [[]], targets: ['a'] }],
  ['BERTSCORE_LENGTH_MISMATCH', { predictions: ['a'], options: [['a']], targets: [] }],
])('refuses input with %s', async (code, input) => {
  await expect(bertScoreAccuracy({ encoder: fakeEncoder(), ...input })).rejects.toMatchObject({ code });
});
