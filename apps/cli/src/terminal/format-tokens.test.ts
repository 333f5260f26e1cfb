import type { InspectedRow } from '@flanlab/trainer';
import { expect, it } from 'vitest';
import { formatTokens } from './format-tokens.js';

const token = (text: string, target: boolean, decoded = text) => ({ id: 0, text, decoded, target });
const ROW: InspectedRow = {
  tokens: [
    token('', false, '<s>'),
    token('Q', false),
    token(':\n', false),
    token('a\n', true),
    token('', true, '</s>'),
  ],
  targets: 2,
  truncated: false,
  doubleBos: false,
  learnsToStop: true,
};

it('marks what is learned, and shows special tokens and line breaks', () => {
  expect(formatTokens(ROW, { colour: false })).toBe(
    '<s>·Q·:⏎\n【a⏎\n·</s>】\n\n5 tokens, 2 of them learned.\nThe model learns to stop here.',
  );
});

it('paints what is learned green and the rest dim, and no colour runs past a line', () => {
  const [first, second, third] = formatTokens(ROW, { colour: true }).split('\n');
  const [green, dim, end] = ['\u001b[30;42m', '\u001b[2m', '\u001b[0m'];
  expect(first).toBe(`${dim}<s>·Q·:⏎${end}`);
  expect(second).toBe(`${dim}${end}${green}a⏎${end}`);
  expect(third).toBe(`${green}·</s>${end}`);
});

it('says what is unusual about a row', () => {
  const text = formatTokens({ ...ROW, truncated: true, doubleBos: true, learnsToStop: false }, { colour: false });
  expect(text).toContain('2 of them learned, cut at maxLength.');
  expect(text).toContain('does not learn to stop here');
  expect(text).toContain('brings its own beginning-of-sequence token');
});
