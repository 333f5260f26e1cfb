import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE, parseRecipe } from './recipe.js';
import { IGNORE_INDEX, type RowTokenizer, type TrainingRow, tokeniseRow } from './tokenise.js';
import { checkVocabulary, tokeniseRows } from './training-data.js';

/** Words with the space before them, `<s>` and `</s>` as special tokens; a bos is added in front, as Llama does. */
const BOS = 1;
const EOS = 2;
const words: RowTokenizer = {
  bosId: BOS,
  eosId: EOS,
  padId: EOS, // the trap: padding with the end-of-sequence token must not unlearn stopping
  encode(text) {
    const ids = [BOS];
    const offsets = [0, 0];
    for (const match of text.matchAll(/<s>|<\/s>| ?[^ <]+| /g)) {
      ids.push(match[0] === '<s>' ? BOS : match[0] === '</s>' ? EOS : 100 + match[0].length);
      offsets.push(match.index, match.index + match[0].length);
    }
    return { ids: Int32Array.from(ids), offsets: Int32Array.from(offsets) };
  },
};
const X = IGNORE_INDEX;
const completion = { ...DEFAULT_RECIPE, target: 'completion', appendEos: false } as const;

describe('labels', () => {
  it('cover everything when the target is all, end-of-sequence included although it is the padding token', () => {
    const row = tokeniseRow({ text: 'a bb</s>' }, 0, words, DEFAULT_RECIPE);
    expect([...row.ids]).toEqual([BOS, 101, 103, EOS]);
    expect([...row.labels]).toEqual([BOS, 101, 103, EOS]);
    expect(row).toMatchObject({ targets: 3, learnsToStop: true }); // nothing predicts the first token
  });

  it('cover the tokens that share a character with the span, and the final end-of-sequence token', () => {
    const text = 'q q answer</s>';
    const row = tokeniseRow({ text, labelStart: 4, labelEnd: 10 }, 0, words, completion);
    expect([...row.labels]).toEqual([X, X, X, 107, EOS]); // " answer" begins before the span
    expect(row).toMatchObject({ targets: 2, learnsToStop: true });
  });

  it.each([
    ['a span that ends early', 'q aa bb</s>', 2, 4, [X, X, 103, X, X], false],
    ['a span up to the end of the text, eos included', 'q aa</s>', 2, 8, [X, X, 103, EOS], true],
    ['a span followed by white space only', 'q aa </s>', 2, 4, [X, X, 103, X, EOS], true],
    ['two spans of special tokens inside', 'q</s> aa</s>', 6, 8, [X, X, X, 103, EOS], true],
  ])('%s', (_name, text, labelStart, labelEnd, labels, learnsToStop) => {
    const row = tokeniseRow({ text, labelStart, labelEnd }, 0, words, completion);
    expect([...row.labels]).toEqual(labels);
    expect(row.learnsToStop).toBe(learnsToStop);
  });

  it('learn to stop also where the text has no end-of-sequence token, unless told otherwise', () => {
    const added = tokeniseRow({ text: 'q aa', labelStart: 2, labelEnd: 4 }, 0, words, {
      ...completion,
      appendEos: true,
    });
    expect([...added.labels]).toEqual([X, X, 103, EOS]);
    expect(tokeniseRow({ text: 'q aa' }, 0, words, { ...DEFAULT_RECIPE, appendEos: false }).learnsToStop).toBe(false);
  });
});

it('drops a second beginning-of-sequence token, and keeps it for parity with the reference', () => {
  const row = { text: '<s>a</s>' };
  expect([...tokeniseRow(row, 0, words, DEFAULT_RECIPE).ids]).toEqual([BOS, 101, EOS]);
  const kept = tokeniseRow(row, 0, words, { ...DEFAULT_RECIPE, doubleBos: 'keep' });
  expect([...kept.ids]).toEqual([BOS, BOS, 101, EOS]);
  expect(kept.doubleBos).toBe(true);
});

describe('end-of-sequence tokens, inside and at the end', () => {
  const text = '<s>q</s> aa</s>';
  it.each([
    ['are learned like any other token', 'learned', 'all', [BOS, 101, EOS, 103, EOS], 4, true],
    ['are masked wherever they stand, for parity with the reference', 'masked', 'all', [BOS, 101, X, 103, X], 2, false],
    ['are masked in completions as well', 'masked', 'completion', [X, X, X, 103, X], 1, false],
  ] as const)('%s (%s, %s)', (_title, eosLabels, target, labels, targets, learnsToStop) => {
    const row = tokeniseRow({ text, labelStart: 8, labelEnd: 15 }, 0, words, { ...DEFAULT_RECIPE, target, eosLabels });
    expect([...row.ids]).toEqual([BOS, 101, EOS, 103, EOS]);
    expect([...row.labels]).toEqual(labels);
    expect(row).toMatchObject({ targets, learnsToStop });
  });

  it('are masked where the row has none and one is added, and where beginning and end are one token', () => {
    const masked = { ...DEFAULT_RECIPE, eosLabels: 'masked' } as const;
    expect([...tokeniseRow({ text: 'q' }, 0, words, masked).labels]).toEqual([BOS, 101, X]);
    const one = { ...words, eosId: BOS };
    expect([...tokeniseRow({ text: 'q' }, 0, one, { ...masked, appendEos: false }).labels]).toEqual([X, 101]);
  });
});

it('cuts on the right, and a cut row does not learn to stop there', () => {
  const row = tokeniseRow({ text: 'a b c d</s>' }, 0, words, { ...DEFAULT_RECIPE, maxLength: 3 });
  expect([...row.ids]).toEqual([BOS, 101, 102]);
  expect(row).toMatchObject({ truncated: true, learnsToStop: false, targets: 2 });
});

it.each([
  [{ text: 'abc' }, /no label span/],
  [{ text: 'abc', labelStart: 2, labelEnd: 1 }, /2 to 1/],
  [{ text: 'abc', labelStart: 0, labelEnd: 4 }, /text of 3 characters/],
  [{ text: 'abc', labelStart: 0.5, labelEnd: 2 }, /0.5 to 2/],
])('refuses the span of %j', (row, message) => {
  expect(() => tokeniseRow(row, 7, words, completion)).toThrow(message);
});

it('refuses a row without a text, which would be trained on as "undefined"', () => {
  const row = JSON.parse('{"messages":[]}') as TrainingRow;
  expect(() => tokeniseRow(row, 7, words, completion)).toThrow(/Row 7 .*It has no text/su);
});

it('refuses tokens that the model has no embedding of', () => {
  const row = tokeniseRow({ text: 'q aa' }, 3, words, parseRecipe({}));
  const highest = Math.max(...row.ids);
  expect(() => checkVocabulary([row], highest + 1)).not.toThrow();
  expect(() => checkVocabulary([row], highest)).toThrow(/Row 3 .*from 0 to .*tokenizer is that of another/su);
});

describe('a data set', () => {
  const recipe = parseRecipe({ target: 'completion', maxLength: 3 });
  const rows = [
    { text: 'q aa', labelStart: 2, labelEnd: 4 },
    { text: 'q q q aa', labelStart: 6, labelEnd: 8 }, // cut away
    { text: '<s>q', labelStart: 3, labelEnd: 4 },
  ];

  it('counts and drops rows without target', async () => {
    const { rows: used, summary } = await tokeniseRows(rows, words, recipe);
    expect(used.map(({ index }) => index)).toEqual([0, 2]);
    expect(summary).toEqual({
      rows: 3,
      usedRows: 2,
      tokens: 6,
      targets: 3,
      longest: 3,
      truncated: 1,
      doubleBos: 1,
      learnToStop: 1,
      withoutTarget: [1],
    });
  });

  it('refuses them when told to, and refuses to train on nothing', async () => {
    const refuse = { ...recipe, rowsWithoutTarget: 'refuse' } as const;
    await expect(tokeniseRows(rows, words, refuse)).rejects.toMatchObject({
      code: 'TRAINER_TARGETS_MISSING',
      message: expect.stringContaining('rows 1.'),
    });
    await expect(tokeniseRows([], words, recipe)).rejects.toMatchObject({ code: 'TRAINER_ROWS_EMPTY' });
    await expect(tokeniseRows([rows[1]!], words, recipe)).rejects.toMatchObject({ code: 'TRAINER_ROWS_EMPTY' });
  });
});
