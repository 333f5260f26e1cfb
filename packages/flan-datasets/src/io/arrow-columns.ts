import { type Data, type DataType, type Int64, type List, makeBuilder, makeData, type Utf8 } from 'apache-arrow';
import type { FieldValue } from '../row.js';
import { arrowValue } from './arrow-values.js';
import type { Feature } from './features.js';

/**
 * One column of a record batch. Texts, lists of texts and whole numbers, which nearly all rows consist of, are written at once;
 * other values go one by one through Arrow's builder.
 *
 * @throws {DatasetError} `DATASET_VALUE_INVALID` when a value does not fit the feature
 */
export function columnData(
  type: DataType,
  values: readonly (FieldValue | undefined)[],
  feature: Feature,
  name: string,
): Data {
  if (isText(feature) && areTexts(values)) return textData(type as Utf8, values);
  if (feature.kind === 'list' && !feature.large && isText(feature.of) && values.every(Array.isArray)) {
    const lists = values as readonly (readonly FieldValue[])[];
    const items = joined(lists);
    if (areTexts(items)) return listData(type as List<Utf8>, lists, items);
  }
  if (isInteger(feature) && values.every(Number.isSafeInteger)) return integerData(type as Int64, values as number[]);
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(arrowValue(value, feature, name));
  return builder.finish().flush();
}

/** Not `flat`, which takes ten times as long. */
function joined(lists: readonly (readonly FieldValue[])[]): readonly FieldValue[] {
  const items: FieldValue[] = [];
  for (const list of lists) for (const item of list) items.push(item);
  return items;
}

const isText = (feature: Feature): boolean => feature.kind === 'value' && feature.dtype === 'string';

const isInteger = (feature: Feature): boolean => feature.kind === 'value' && feature.dtype === 'int64';

function areTexts(values: readonly unknown[]): values is readonly string[] {
  for (const value of values) if (typeof value !== 'string') return false;
  return true;
}

function integerData(type: Int64, numbers: readonly number[]): Data<Int64> {
  // Low and high words by themselves: a BigInt for each number takes longer than all else.
  const words = new Int32Array(2 * numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    words[2 * i] = numbers[i]! | 0;
    words[2 * i + 1] = Math.floor(numbers[i]! / 2 ** 32);
  }
  return makeData({ type, length: numbers.length, nullCount: 0, data: new BigInt64Array(words.buffer) });
}

function listData(
  type: List<Utf8>,
  lists: readonly (readonly FieldValue[])[],
  items: readonly string[],
): Data<List<Utf8>> {
  const valueOffsets = new Int32Array(lists.length + 1);
  for (let i = 0; i < lists.length; i++) valueOffsets[i + 1] = valueOffsets[i]! + lists[i]!.length;
  const child = textData(type.valueType, items);
  return makeData({ type, length: lists.length, nullCount: 0, valueOffsets, child });
}

function textData(type: Utf8, texts: readonly string[]): Data<Utf8> {
  const valueOffsets = new Int32Array(texts.length + 1);
  const joined = texts.join('');
  let data = Buffer.from(joined);
  if (data.length === joined.length) {
    // All ASCII: a byte for each character.
    for (let i = 0; i < texts.length; i++) valueOffsets[i + 1] = valueOffsets[i]! + texts[i]!.length;
  } else {
    // Each by itself: two halves of a surrogate pair in different texts are no character.
    const bytes = texts.map((text) => Buffer.from(text));
    for (let i = 0; i < texts.length; i++) valueOffsets[i + 1] = valueOffsets[i]! + bytes[i]!.length;
    data = Buffer.concat(bytes);
  }
  return makeData({ type, length: texts.length, nullCount: 0, valueOffsets, data });
}
