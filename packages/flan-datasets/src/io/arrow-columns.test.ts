import { type DataType, Field, Int64, List, Utf8, Vector } from 'apache-arrow';
import { expect, it } from 'vitest';
import type { FieldValue } from '../row.js';
import { columnData } from './arrow-columns.js';
import { plainValue } from './arrow-values.js';
import { type Feature, TEXT } from './features.js';

const TEXTS = new List(new Field('item', new Utf8(), true));
const INT: Feature = { kind: 'value', dtype: 'int64' };
const LISTS: Feature = { kind: 'list', of: TEXT };

it.each<[string, DataType, Feature, FieldValue[]]>([
  ['ASCII texts', new Utf8(), TEXT, ['a', '', 'bcd']],
  ['other texts', new Utf8(), TEXT, ['ä', '𝄞 x', '', 'plain']],
  ['texts and nulls', new Utf8(), TEXT, ['a', null, 'ä']],
  ['no texts', new Utf8(), TEXT, []],
  ['lists of texts', TEXTS, LISTS, [['a', 'b'], [], ['ä']]],
  ['lists that hold nulls', TEXTS, LISTS, [['a', null], ['b']]],
  ['lists and nulls', TEXTS, LISTS, [null, ['b']]],
  ['whole numbers', new Int64(), INT, [1, -2, 0, 2 ** 32 + 5, -(2 ** 32) - 5, 2 ** 53 - 1, 1 - 2 ** 53]],
  ['whole numbers and nulls', new Int64(), INT, [1, null]],
])('holds %s', (_what, type, feature, values) => {
  const vector = new Vector([columnData(type, values, feature, 'x')]);
  expect(Array.from(vector, (value) => plainValue(value, 'x'))).toEqual(values);
});

it('joins no halves of a character from two texts', () => {
  const vector = new Vector([columnData(new Utf8(), ['\ud834', '\udd1e'], TEXT, 'x')]);
  expect([...vector]).toEqual(['\ufffd', '\ufffd']);
});

it('refuses a value of another type', () => {
  expect(() => columnData(new Utf8(), ['a', 1], TEXT, 'x')).toThrow(
    expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }),
  );
});
