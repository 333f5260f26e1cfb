import { createTokenizer, trainBytePairEncoding } from '@flanlab/language-model';
import { expect, it } from 'vitest';
import { inspectRow } from './inspect-row.js';
import { parseRecipe } from './recipe.js';

const tokenizer = createTokenizer(
  trainBytePairEncoding(['is it yes yes no'], { vocabularySize: 270, specialTokens: ['<s>', '</s>'], before: ['<s>'] }),
  {},
  { bosId: 0, eosIds: [1] },
);

it('shows every token with its text and whether it is learned, as training sees it', () => {
  const text = 'is it? yes 👋';
  const recipe = parseRecipe({ target: 'completion' });
  const row = inspectRow({ text, labelStart: 7, labelEnd: text.length }, tokenizer, recipe);
  expect(row).toMatchObject({ doubleBos: false, truncated: false, learnsToStop: true });
  expect(row.tokens[0]).toEqual({ id: 0, text: '', decoded: '<s>', target: false });
  expect(row.tokens.at(-1)).toEqual({ id: 1, text: '', decoded: '</s>', target: true });
  const learned = row.tokens.filter(({ target }) => target);
  expect(row.targets).toBe(learned.length);
  // " yes" starts before the span and shares characters with it; the four bytes of the emoji all belong to it.
  expect(learned[0]!.text.trim()[0]).toBe('y');
  expect(learned.filter((token) => token.text.includes('👋')).length).toBeGreaterThanOrEqual(4);
  const question = row.tokens.filter(({ target }) => !target).map((token) => token.text);
  expect(question.join('')).toBe('is it?');
});

it('warns of a row that brings its own beginning', () => {
  const row = inspectRow({ text: '<s>yes</s>' }, tokenizer, parseRecipe({ doubleBos: 'keep' }));
  expect(row.doubleBos).toBe(true);
  expect(row.tokens.slice(0, 2).map(({ decoded }) => decoded)).toEqual(['<s>', '<s>']);
});
