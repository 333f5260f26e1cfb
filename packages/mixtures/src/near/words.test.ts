import { expect, it } from 'vitest';
import { pushWords, WordList } from './words.js';

const words = (text: string): readonly number[] => {
  const [a, b] = [new WordList(1), new WordList(1)];
  pushWords(text, a, b);
  return Array.from({ length: a.length }, (_, n) => a.values[n]! * 2 ** 20 + (b.values[n]! >>> 12));
};

it.each([
  ['The CAT, sat.', 'the cat  sat', true],
  ['a-b', 'a b', true],
  ['Größe Été', 'größe été', true],
  ['3.14', '3 14', true],
  ['日本語', '日 本 語', true],
  ['ab', 'a b', false],
  ['the cat', 'cat the', false],
])('reads %j and %j as the same words: %s', (one, other, same) => {
  expect(JSON.stringify(words(one)) === JSON.stringify(words(other))).toBe(same);
});

it('tells words apart', () => {
  const all = Array.from({ length: 5000 }, (_, n) => `w${n}`);
  expect(new Set(words(all.join(' '))).size).toBe(5000);
  expect(words('  ')).toEqual([]);
});
