import { expect, it } from 'vitest';
import { pythonStrip } from './python-strip.js';

it.each([
  ['  a b \n', 'a b'],
  ['\x1c\x85 a\u2003', 'a'], // Python strips these, trim() does not take all
  ['\ufeffa\u200b', '\ufeffa\u200b'], // no spaces to Python
  [' \t\n', ''],
])('strips %j to %j', (text, expected) => {
  expect(pythonStrip(text)).toBe(expected);
});
