import { type Data, type DataType, type List, makeBuilder, makeData, type Utf8 } from 'apache-arrow';
import type { FieldValue } from '../row.js';
import { arrowValue } from './arrow-values.js';
import type { Feature } from './features.js';

/**
 * One column of a record batch. Texts and lists of texts, which nearly all rows consist of, are written at once; other values go
 * one by one through Arrow's builder.
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
    const items = lists.flat();
    if (areTexts(items)) return listData(type as List<Utf8>, lists, items);
  }
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(arrowValue(value, feature, name));
  return builder.finish().flush();
}

const isText = (feature: Feature): boolean => feature.kind === 'value' && feature.dtype === 'string';

function areTexts(values: readonly unknown[]): values is readonly string[] {
  return values.every((value) => typeof value === 'string');
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
