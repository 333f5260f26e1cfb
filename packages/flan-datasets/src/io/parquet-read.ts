import { stat } from 'node:fs/promises';
import { isFlanlabError } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DatasetError } from '../errors.js';
import { type FieldValue, isStruct, type Row } from '../row.js';
import { plainValue } from './arrow-values.js';

/**
 * Streams the rows of a Parquet file, one row group in memory at a time; every compression the hub uses.
 * @throws {DatasetError} `DATASET_PARQUET_INVALID`
 */
export async function* readParquetRows(path: string): AsyncGenerator<Row> {
  await withFileErrors('read', path, () => stat(path));
  const file = await withParquetErrors(path, () => asyncBufferFromFile(path));
  const metadata = await withParquetErrors(path, () => parquetMetadataAsync(file));
  const tree = parquetSchema(metadata);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await withParquetErrors(path, () =>
      parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }),
    );
    if (rows.length !== rowEnd - rowStart)
      throw parquetError(path, `A group of ${rowEnd - rowStart} rows holds ${rows.length}.`);
    for (const row of rows) yield withEmptyLists(plainValue(row, ''), tree) as Row;
    rowStart = rowEnd;
  }
}

/** Repeated columns without the list annotation, as our own writer makes, come as null where they are empty. */
function withEmptyLists(value: FieldValue, { children }: SchemaTree): FieldValue {
  if (!isStruct(value)) return value;
  const fields = new Map(children.map((child) => [child.element.name, child]));
  const entries = Object.entries(value).map(([name, field]): readonly [string, FieldValue] => {
    const child = fields.get(name);
    if (child === undefined) return [name, field];
    if (child.element.repetition_type === 'REPEATED') return [name, field ?? []];
    return [name, withEmptyLists(field, child)];
  });
  return Object.fromEntries(entries);
}

async function withParquetErrors<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (isFlanlabError(cause)) throw cause;
    throw parquetError(path, (cause as Error).message, cause);
  }
}

function parquetError(path: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_PARQUET_INVALID',
    { what: `${path} cannot be read as Parquet.`, why, fix: 'Download or make the file again.' },
    { cause },
  );
}
