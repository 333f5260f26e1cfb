import { describe, expect, it } from 'vitest';
import type { Row } from '../row.js';
import { type Feature, featuresFromJson, featuresToJson, inferFeatures } from './features.js';

const value = (dtype: string) => ({ kind: 'value', dtype }) as Feature;
const list = (of: Feature): Feature => ({ kind: 'list', of });

describe('inferFeatures', () => {
  it.each<[string, Row[], Feature]>([
    ['text', [{ a: 'x' }], value('string')],
    ['whole numbers', [{ a: 1 }, { a: null }], value('int64')],
    ['numbers of both kinds', [{ a: 1 }, { a: 0.5 }, { a: 2 }], value('float64')],
    ['truth values', [{ a: true }], value('bool')],
    ['nothing but null', [{ a: null }], value('null')],
    ['an empty list first', [{ a: [] }, { a: ['x'] }], list(value('string'))],
    ['lists of lists', [{ a: [[], [1]] }], list(list(value('int64')))],
    [
      'structs that differ',
      [{ a: { x: 1 } }, { a: { y: ['z'] } }],
      { kind: 'struct', fields: { x: value('int64'), y: list(value('string')) } },
    ],
  ])('finds the type of %s', (_what, rows, feature) => {
    expect(inferFeatures(rows)).toEqual({ a: feature });
  });

  it('keeps the order in which columns appear', () => {
    expect(
      Object.keys(
        inferFeatures([
          { b: 1, a: 1 },
          { c: 1, a: 2 },
        ]),
      ),
    ).toEqual(['b', 'a', 'c']);
  });

  it.each<[Row[], string]>([
    [[{ a: 1 }, { a: 'x' }], 'One row holds int64, another string.'],
    [[{ a: ['x'] }, { a: 'x' }], 'One row holds a list of string, another string.'],
    [[{ a: [1, 'x'] }], 'One row holds int64, another string.'],
  ])('says what two rows disagree about: %j', (rows, why) => {
    expect(() => inferFeatures(rows)).toThrow(expect.objectContaining({ code: 'DATASET_FEATURES_INVALID', why }));
  });
});

describe('the JSON of features', () => {
  it('goes there and back', () => {
    const features = {
      text: value('string'),
      label: { kind: 'class-label', names: ['no', 'yes'] },
      lists: list(list(value('int32'))),
      struct: { kind: 'struct', fields: { dtype: value('string') } },
      structs: list({ kind: 'struct', fields: { a: value('bool') } }),
    } as const;
    expect(featuresFromJson(JSON.parse(JSON.stringify(featuresToJson(features))), 'x')).toEqual(features);
  });

  it.each([null, [], { a: null }, { a: { _type: 'Image' } }, { a: { _type: 'Value', dtype: 'time' } }, { a: [1, 2] }])(
    'refuses %j',
    (json) => {
      expect(() => featuresFromJson(json, 'x')).toThrow(expect.objectContaining({ code: 'DATASET_FEATURES_INVALID' }));
    },
  );
});
