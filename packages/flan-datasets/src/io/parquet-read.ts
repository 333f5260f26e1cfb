import { stat } from 'node:fs/promises';
import { isFlanlabError } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DatasetError } from '../errors.js';
import { type FieldValue, isStruct, type Row } from '../row.js';
import { plainValue } from './arrow-values.js';

/** A Parquet file whose footer has been read and checked, wherever its bytes are. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  /** Names of the top-level columns, in stored order. */
  readonly columns: readonly string[];
  /**
   * Rows `rowStart` to `rowEnd` (exclusive), of some columns or of all. Groups read in part cost only their pages where the
   * file has an index of pages.
   */
  readonly read: (rowStart: number, rowEnd: number, columns?: readonly string[]) => Promise<readonly Row[]>;
}

/**
 * Reads and checks the footer; `name` is what errors call the file.
 * @throws {DatasetError} `DATASET_PARQUET_INVALID`
 */
export async function openParquet(file: AsyncBuffer, name: string): Promise<ParquetFile> {
  const metadata = await withParquetErrors(name, () => parquetMetadataAsync(file));
  const tree = await withParquetErrors(name, async () => checkedTree(metadata));
  return {
    metadata,
    columns: tree.children.map(({ element }) => element.name),
    async read(rowStart, rowEnd, columns) {
      const some = columns === undefined ? {} : { columns: [...columns] };
      const rows = await withParquetErrors(name, () =>
        parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd, useOffsetIndex: true, ...some }),
      );
      if (rows.length !== rowEnd - rowStart)
        throw parquetError(name, `A group of ${rowEnd - rowStart} rows holds ${rows.length}.`);
      return rows.map((row) => withEmptyLists(plainValue(row, ''), tree) as Row);
    },
  };
}

/**
 * Streams the rows of a Parquet file, one row group in memory at a time; every compression the hub uses.
 * @throws {DatasetError} `DATASET_PARQUET_INVALID`
 */
export async function* readParquetRows(path: string): AsyncGenerator<Row> {
  await withFileErrors('read', path, () => stat(path));
  const file = await withParquetErrors(path, () => asyncBufferFromFile(path));
  const { metadata, read } = await openParquet(file, path);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    yield* await read(rowStart, rowEnd);
    rowStart = rowEnd;
  }
}

/**
 * The schema, after a look whether each row group has exactly its columns: what the reader starts for another one it never
 * awaits, so that its failure would end the process.
 */
function checkedTree(metadata: FileMetaData): SchemaTree {
  const tree = parquetSchema(metadata);
  const wanted = leafPaths(tree).sort().join('\n');
  for (const [index, { columns }] of metadata.row_groups.entries()) {
    const paths = columns.map(({ meta_data }) => JSON.stringify(meta_data?.path_in_schema ?? null));
    if (paths.sort().join('\n') !== wanted)
      throw new Error(`The columns of row group ${index} are not those of the schema.`);
  }
  const rows = metadata.row_groups.reduce((sum, { num_rows }) => sum + num_rows, 0n);
  if (rows !== metadata.num_rows) throw new Error(`It announces ${metadata.num_rows} rows; its groups have ${rows}.`);
  return tree;
}

function leafPaths({ children, path }: SchemaTree): string[] {
  return children.length === 0 ? [JSON.stringify(path)] : children.flatMap(leafPaths);
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
