import { describe, expect, it } from 'vitest';
import { pythonStrip, pythonText, stripDots } from './python-text.js';
import type { FieldValue } from './row.js';

// Right sides: what CPython 3.11 prints.
const PRINTED: readonly (readonly [FieldValue, string])[] = [
  ['as is', 'as is'],
  [true, 'True'],
  [false, 'False'],
  [null, 'None'],
  [3, '3'],
  [-0.5, '-0.5'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-10, '1.5e-10'],
  [1e22, '10000000000000000000000'],
  [Number.NaN, 'nan'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [[], '[]'],
  [['Yes', 'No'], "['Yes', 'No']"],
  [["it's"], '["it\'s"]'],
  [['"it\'s"'], `['"it\\'s"']`],
  [['a\nb\\c\t'], "['a\\nb\\\\c\\t']"],
  [['\u0001\u0085\u2028ü😀'], "['\\x01\\x85\\u2028ü😀']"],
  [['a b\u00a0\u00ad\u200b\u3000\ufeff\u{e0001}'], "['a b\\xa0\\xad\\u200b\\u3000\\ufeff\\U000e0001']"],
  [[1, [true, null]], '[1, [True, None]]'],
  [{ text: ['a'], n: 1 }, "{'text': ['a'], 'n': 1}"],
];

describe('pythonText', () => {
  it.each(PRINTED)('prints %j as %s', (value, text) => {
    expect(pythonText(value)).toBe(text);
  });
});

describe('pythonStrip', () => {
  it('takes the separators that trim leaves, and leaves the mark that trim takes', () => {
    expect(pythonStrip('\x1c\x1f \u0085\u00a0\u3000a b\t\r\n\v\f\u2028')).toBe('a b');
    expect(pythonStrip('\ufeffa')).toBe('\ufeffa');
  });
});

describe('stripDots', () => {
  it('takes dots at the end only', () => {
    expect(stripDots('.a.b...')).toBe('.a.b');
    expect(stripDots('a. ')).toBe('a. ');
  });
});
