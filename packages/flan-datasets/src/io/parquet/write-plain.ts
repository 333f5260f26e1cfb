import { Writable } from 'node:stream';
import parquet, { type ParquetField } from 'parquetjs-lite';
import type { FieldValue, Row } from '../../row.js';
import { arrowValue } from '../arrow-values.js';
import { type Feature, type Features, featuresToJson, type ScalarType } from '../features.js';

const PHYSICAL_TYPES: Partial<Readonly<Record<ScalarType, NonNullable<ParquetField['type']>>>> = {
  string: 'UTF8',
  large_string: 'UTF8',
  bool: 'BOOLEAN',
  int8: 'INT32',
  int16: 'INT32',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'INT32',
  uint16: 'INT32',
  uint32: 'INT64',
  float32: 'FLOAT',
  float64: 'DOUBLE',
};

/** True for a column that `parquetjs-lite` writes without loss. */
export function isPlain(feature: Feature): boolean {
  if (feature.kind === 'struct') return Object.values(feature.fields).every(isPlain);
  return feature.kind !== 'list' && physicalType(feature) !== undefined;
}

/** The bytes of a file written by `parquetjs-lite`; every column must be {@link isPlain}. */
export async function* plainChunks(
  rows: Iterable<Row> | AsyncIterable<Row>,
  features: Features,
): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const writer = await parquet.ParquetWriter.openStream(new parquet.ParquetSchema(parquetFields(features)), sink);
  writer.setMetadata('huggingface', JSON.stringify({ info: { features: featuresToJson(features) } }));
  for await (const row of rows) {
    await writer.appendRow(parquetRow(row, features));
    if (chunks.length === 0) continue;
    yield* chunks;
    chunks = [];
  }
  await writer.close();
  yield* chunks;
}

function parquetFields(features: Features): Readonly<Record<string, ParquetField>> {
  return Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, parquetField(feature)]));
}

function parquetField(feature: Feature): ParquetField {
  if (feature.kind === 'struct') return { optional: true, fields: parquetFields(feature.fields) };
  return { type: physicalType(feature)!, compression: 'SNAPPY', optional: true };
}

function physicalType(feature: Feature): ParquetField['type'] {
  if (feature.kind === 'class-label') return 'INT64';
  return feature.kind === 'value' ? PHYSICAL_TYPES[feature.dtype] : undefined;
}

/** Checks every value, and leaves null fields out, which is how this writer marks them. */
function parquetRow(row: Row, features: Features): object {
  const kept: Record<string, unknown> = {};
  for (const name in features) {
    const value = parquetValue(row[name], features[name]!, name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function parquetValue(value: FieldValue | undefined, feature: Feature, name: string): unknown {
  if (value === null || value === undefined) return undefined;
  arrowValue(value, feature, name);
  return feature.kind === 'struct' ? parquetRow(value as Row, feature.fields) : value;
}
