import { expect, it } from 'vitest';
import { unigramSplitter } from './unigram.js';

const split = (scores: Readonly<Record<string, number>>, text: string) => {
  const tokens = ['<unk>', ...Object.keys(scores)];
  return unigramSplitter({ tokens, scores: [0, ...Object.values(scores)], unkId: 0 })(text);
};

it.each<[string, readonly string[]]>([
  ['', []],
  ['abc', ['ab', 'c']],
  ['aab', ['a', 'ab']],
  ['xxab😀', ['xx', 'ab', '😀']], // unknown characters side by side are one
  ['c😀😀c', ['c', '😀😀', 'c']],
  ['<unk>', ['<unk>']], // no token of the text, but five unknown characters
])('cuts %j into the likeliest tokens', (text, expected) => {
  expect(split({ a: -2, b: -3, c: -2, ab: -3, bc: -4.5 }, text)).toEqual(expected);
});

it('has the longer last token of two ways that are equally likely', () => {
  expect(split({ a: -1, ab: -2, ba: -2 }, 'aba')).toEqual(['a', 'ba']);
});

it('compares sums before the next token is added to them', () => {
  // The ways to "xyz" differ in the last bit, which is lost once the score of "…" is added.
  const scores = {
    p: -2.7,
    x: -5.588072308349178,
    yz: -7.58807228455208,
    xy: -7.58807228455208,
    z: -5.588072308349178,
    q: -900,
  };
  const [left, right] = [-2.7 + scores.x + scores.yz, -2.7 + scores.xy + scores.z];
  expect(right).toBeGreaterThan(left);
  expect(left + scores.q).toBe(right + scores.q);
  expect(split(scores, 'pxyzq')).toEqual(['p', 'xy', 'z', 'q']);
});
