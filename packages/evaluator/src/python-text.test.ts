import { expect, it } from 'vitest';
import {
  formatPythonFloat,
  parsePythonFloat,
  splitWhitespace,
  strip,
  stripCharacters,
  stripEnd,
  stripStart,
} from './python-text.js';

it('strips what Python calls whitespace, and only that', () => {
  expect(strip('\u001c\u0085 \u00a0a\ufeff\u2028\u001f')).toBe('a\ufeff');
  expect(stripStart(' a ')).toBe('a ');
  expect(stripEnd(' a ')).toBe(' a');
  expect(splitWhitespace('\u0085a\u001c b\n')).toEqual(['a', 'b']);
  expect(stripCharacters('""a"b""', '"')).toBe('a"b');
});

// Values printed by CPython 3.11.
it.each([
  [1, '1.0'],
  [100, '100.0'],
  [66.66666666666666, '66.66666666666666'],
  [1e16, '1e+16'],
  [1.5e-7, '1.5e-07'],
  [0.0001, '0.0001'],
  [-0, '-0.0'],
  [Number.NaN, 'nan'],
  [Number.NEGATIVE_INFINITY, '-inf'],
])('prints %d as Python does', (value, text) => {
  expect(formatPythonFloat(value)).toBe(text);
});

it.each([
  ['3.8', 3.8],
  [' 4 \n', 4],
  ['1_000', 1000],
  ['.5e1', 5],
  ['+Infinity', Number.POSITIVE_INFINITY],
  ['three', null],
  ['\x1c4', null],
  ['\x1c4\u2028', null],
  ['\u00854\u2028', 4],
  ['３.８', 3.8],
  ['-१२e٣', -12_000],
  ['𝟘𝟡', 9],
  ['1_', null],
  ['0x10', null],
  ['', null],
])('reads %j as float() does', (text, value) => {
  expect(parsePythonFloat(text)).toBe(value);
});
