import { writeFileAtomic } from '@flanlab/files';
import { DatasetError } from '../../errors.js';
import type { Row } from '../../row.js';
import { describe, type Feature, type Features } from '../features.js';
import { nestedChunks } from './write-nested.js';
import { isPlain, plainChunks } from './write-plain.js';

/**
 * Streams rows into a Parquet file that pyarrow, pandas, DuckDB and {@link readParquetFile} open, one row group in memory at a
 * time; atomic. `parquetjs-lite` writes it where it can, which is columns of text, numbers, truth values and structs of these;
 * it makes null lists empty and has no lists of lists or of structs and no unsigned 64-bit, half-precision or null columns, so
 * that files with such columns are written by `hyparquet-writer`.
 *
 * @throws {DatasetError} `DATASET_FEATURES_INVALID` for a struct without fields, `DATASET_VALUE_INVALID`
 */
export async function writeParquetRows(
  path: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  features: Features,
): Promise<void> {
  checkFeatures(features);
  await writeFileAtomic(
    path,
    parquetWriterFor(features) === 'parquetjs-lite' ? plainChunks(rows, features) : nestedChunks(rows, features),
  );
}

/** Which library writes a file of these columns. */
export function parquetWriterFor(features: Features): 'parquetjs-lite' | 'hyparquet-writer' {
  return Object.values(features).every(isPlain) ? 'parquetjs-lite' : 'hyparquet-writer';
}

function checkFeatures(features: Features): void {
  if (Object.keys(features).length === 0) throw unwritable('The file', 'it has no columns');
  for (const [name, feature] of Object.entries(features)) checkFeature(feature, name);
}

function checkFeature(feature: Feature, name: string): void {
  if (feature.kind === 'list') checkFeature(feature.of, `${name}[]`);
  if (feature.kind !== 'struct') return;
  const fields = Object.entries(feature.fields);
  if (fields.length === 0) throw unwritable(`The column ${name}`, `it is ${describe(feature)} without fields`);
  for (const [field, of] of fields) checkFeature(of, `${name}.${field}`);
}

function unwritable(what: string, why: string): DatasetError {
  return new DatasetError('DATASET_FEATURES_INVALID', {
    what: `${what} cannot be written as Parquet.`,
    why: `Parquet stores values only, and ${why}.`,
    fix: 'Write JSON Lines, or leave the column out.',
  });
}
