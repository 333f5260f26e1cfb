import { describe, expect, it } from 'vitest';
import { inspectRow } from './inspect-row.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { type TrainingRow, tokenCount, tokeniseRow } from './tokenise.js';

const [PAD, EOS] = [0, 1];

/** Each character is a token; `#` is the end-of-sequence token, and one is added to whole texts. */
const letters = {
  eosId: EOS,
  padId: PAD,
  encode(text: string, { addSpecialTokens = true } = {}) {
    const ids = [...text].map((letter) => (letter === '#' ? EOS : letter.charCodeAt(0)));
    const offsets = ids.flatMap((_, i) => [i, i + 1]);
    const end = addSpecialTokens ? [EOS] : [];
    return {
      ids: Int32Array.from([...ids, ...end]),
      offsets: Int32Array.from([...offsets, ...end.flatMap(() => [text.length, text.length])]),
    };
  },
  decode: (ids: Int32Array) => Array.from(ids, (id) => (id === EOS ? '#' : String.fromCharCode(id))).join(''),
};

const text = (ids: Int32Array): string => letters.decode(ids);
const tokenise = (row: TrainingRow, more: Partial<Recipe> = {}) =>
  tokeniseRow(row, 3, letters, { ...parseRecipe(more), objective: 'seq2seq' });

describe('a row of an encoder-decoder', () => {
  it('is the text before the span, and the span with the end-of-sequence token', () => {
    const row = tokenise({ text: 'ask: yes', labelStart: 5, labelEnd: 8 });
    expect([text(row.ids), text(row.labels)]).toEqual(['ask: #', 'yes#']);
    expect(row).toMatchObject({ index: 3, targets: 4, truncated: false, learnsToStop: true, decoded: true });
    expect(tokenCount(row)).toBe(10);
    // Where the tokens of both lie in the row's text.
    expect([...row.offsets]).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 7, 7, 8, 8, 8]);
  });

  it.each<[string, TrainingRow, Partial<Recipe>, string, string, object]>([
    ['that closes itself', { text: 'q: a#', labelStart: 3, labelEnd: 4 }, {}, 'q: #', 'a#', { learnsToStop: true }],
    ['that closes itself in the span', { text: 'q: a#', labelStart: 3, labelEnd: 5 }, {}, 'q: #', 'a#', { targets: 2 }],
    ['with space behind', { text: 'q: a \n', labelStart: 3, labelEnd: 4 }, {}, 'q: #', 'a#', { learnsToStop: true }],
    ['with text behind', { text: 'q: a, b', labelStart: 3, labelEnd: 4 }, {}, 'q: #', 'a', { learnsToStop: false }],
    ['without appended end', { text: 'q: a', labelStart: 3, labelEnd: 4 }, { appendEos: false }, 'q: #', 'a', {}],
    ['with an empty span', { text: 'q: ', labelStart: 3, labelEnd: 3 }, {}, 'q: #', '#', { targets: 1 }],
    ['of a padding character', { text: 'q: \0', labelStart: 3, labelEnd: 4 }, {}, 'q: #', '\0#', { targets: 2 }],
    [
      'that is too long',
      { text: 'abcdef: xyz', labelStart: 8, labelEnd: 11 },
      { maxLength: 3 },
      'ab#',
      'xyz',
      { truncated: true },
    ],
  ])('%s', (_name, row, recipe, ids, labels, expected) => {
    const tokenised = tokenise(row, recipe);
    expect([text(tokenised.ids), text(tokenised.labels)]).toEqual([ids, labels]);
    expect(tokenised).toMatchObject(expected);
  });

  it('needs a span, also where everything is to be learned', () => {
    expect(() => tokenise({ text: 'all of it' }, { target: 'all' })).toThrow(
      expect.objectContaining({ code: 'TRAINER_ROWS_INVALID' }),
    );
  });

  it('is shown as it is read, then as it is written', () => {
    const recipe = parseRecipe({ objective: 'seq2seq' });
    const { tokens } = inspectRow({ text: 'q: no', labelStart: 3, labelEnd: 5 }, letters, recipe);
    expect(tokens.map(({ decoded, target }) => decoded + (target ? '!' : ''))).toEqual([
      'q',
      ':',
      ' ',
      '#',
      'n!',
      'o!',
      '#!',
    ]);
    expect(tokens.map((token) => token.text).join('')).toBe('q: no');
  });
});
