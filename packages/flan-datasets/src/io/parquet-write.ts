import { Writable } from 'node:stream';
import { writeFileAtomic } from '@flanlab/files';
import parquet, { type ParquetField } from 'parquetjs-lite';
import { DatasetError } from '../errors.js';
import type { FieldValue, Row } from '../row.js';
import { arrowValue } from './arrow-values.js';
import { describe, type Feature, type Features, featuresToJson, type ScalarType } from './features.js';

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

/**
 * Writes rows as Parquet that pyarrow, `datasets` and {@link readParquetRows} read: text, numbers, truth values, lists of these
 * and structs of all that. The writer has no lists of lists or of structs, no null lists and no 64-bit unsigned numbers.
 *
 * @throws {DatasetError} `DATASET_FEATURES_INVALID` for a column it cannot write, `DATASET_VALUE_INVALID`
 */
export async function writeParquetRows(path: string, rows: readonly Row[], features: Features): Promise<void> {
  const chunks: Uint8Array[] = [];
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const fields = Object.entries(features).map(([name, feature]) => [name, parquetField(feature, name)]);
  const writer = await parquet.ParquetWriter.openStream(new parquet.ParquetSchema(Object.fromEntries(fields)), sink);
  writer.setMetadata('huggingface', JSON.stringify({ info: { features: featuresToJson(features) } }));
  for (const row of rows) await writer.appendRow(parquetRow(row, features));
  await writer.close();
  await writeFileAtomic(path, chunks);
}

function parquetField(feature: Feature, name: string): ParquetField {
  if (feature.kind === 'struct') {
    const fields = Object.entries(feature.fields).map(([field, of]) => [field, parquetField(of, `${name}.${field}`)]);
    return { optional: true, fields: Object.fromEntries(fields) };
  }
  const scalar = feature.kind === 'list' ? feature.of : feature;
  if (scalar.kind !== 'list' && scalar.kind !== 'struct') {
    const type = PHYSICAL_TYPES[scalar.kind === 'class-label' ? 'int64' : scalar.dtype];
    if (type !== undefined) {
      return { type, compression: 'SNAPPY', ...(feature.kind === 'list' ? { repeated: true } : { optional: true }) };
    }
  }
  throw new DatasetError('DATASET_FEATURES_INVALID', {
    what: `Parquet files are not written with the column ${name}.`,
    why: `Its type is ${describe(feature)}, which our Parquet writer does not have.`,
    fix: 'Write JSON Lines or an Arrow folder.',
  });
}

/** Checks every value, and leaves null fields out, which is how this writer marks them. */
function parquetRow(row: Row, features: Features): object {
  const entries = Object.entries(features)
    .map(([name, feature]) => [name, parquetValue(row[name], feature, name)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function parquetValue(value: FieldValue | undefined, feature: Feature, name: string): unknown {
  if (value === null || value === undefined) return undefined;
  arrowValue(value, feature, name);
  return feature.kind === 'struct' ? parquetRow(value as Row, feature.fields) : value;
}
