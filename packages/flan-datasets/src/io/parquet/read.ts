import { open, stat } from 'node:fs/promises';
import { isFlanlabError } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import type { AsyncBuffer } from 'hyparquet';
import { DatasetError } from '../../errors.js';
import type { FieldValue, Row } from '../../row.js';
import { type ColumnReader, columnReader } from './columns.js';
import { DamagedError, UnsupportedError } from './damaged.js';
import { type ParquetFooter, readFooter } from './footer.js';
import { readPages } from './pages.js';
import { columnShapes } from './schema.js';

/** Rows that are made at a time. */
const BATCH_ROWS = 1024;

export interface ReadParquetOptions {
  /** Only these columns, in stored order; all when left out. */
  readonly columns?: readonly string[] | undefined;
  /** Rows to leave out at the start: whole row groups before it are not read. */
  readonly offset?: number | undefined;
  /** Bytes read of a column at a time; larger for slow links (default one mebibyte). */
  readonly window?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams batches of rows of a Parquet file behind any `{ byteLength, slice }`, in memory, on disk or on the net: the footer
 * first, then each column page by page, so that memory does not grow with the file or its row groups.
 *
 * @param name what to call the file in errors
 * @throws {DatasetError} `DATASET_PARQUET_INVALID` for a damaged file, `DATASET_PARQUET_UNSUPPORTED` naming what we do not read
 */
export async function* readParquetBatches(
  file: AsyncBuffer,
  name: string,
  { columns, offset = 0, window = 2 ** 20, signal }: ReadParquetOptions = {},
): AsyncGenerator<readonly Row[]> {
  const footer = await withParquetErrors(name, () => readFooter(file));
  const shapes = await withParquetErrors(name, async () => columnShapes(footer.tree, columns));
  let first = 0;
  for (const group of footer.metadata.row_groups) {
    const count = Number(group.num_rows);
    const skip = Math.max(0, offset - first);
    first += count;
    if (skip >= count) continue;
    const metas = new Map(group.columns.map(({ meta_data: meta }) => [JSON.stringify(meta!.path_in_schema), meta!]));
    const readers = await withParquetErrors(name, async () =>
      shapes.map(({ shape }) =>
        columnReader(shape, (leaf) => readPages(file, leaf, metas.get(JSON.stringify(leaf.path))!, window)),
      ),
    );
    const names = shapes.map((shape) => shape.name);
    for (let left = count, skipped = 0; left > 0; ) {
      signal?.throwIfAborted();
      const rows = await withParquetErrors(name, () => nextRows(readers, names, Math.min(left, BATCH_ROWS)));
      left -= rows.length;
      const leaveOut = Math.min(skip - skipped, rows.length);
      skipped += leaveOut;
      if (leaveOut < rows.length) yield leaveOut > 0 ? rows.slice(leaveOut) : rows;
    }
    await withParquetErrors(name, () => checkEnded(readers, names));
  }
}

async function nextRows(readers: readonly ColumnReader[], names: readonly string[], wanted: number): Promise<Row[]> {
  let count = wanted;
  for (const [i, reader] of readers.entries()) {
    count = Math.min(count, await reader.fill(count));
    if (count === 0) throw new DamagedError(`The column ${names[i]} has fewer values than its row group has rows.`);
  }
  const cells = readers.map((reader) => reader.take(count));
  const rows = new Array<Row>(count);
  for (let i = 0; i < count; i++) {
    const row: Record<string, FieldValue> = {};
    for (let c = 0; c < names.length; c++) row[names[c]!] = cells[c]![i]!;
    rows[i] = row;
  }
  return rows;
}

async function checkEnded(readers: readonly ColumnReader[], names: readonly string[]): Promise<void> {
  for (const [i, reader] of readers.entries())
    if ((await reader.fill(1)) > 0)
      throw new DamagedError(`The column ${names[i]} has more values than its row group has rows.`);
}

/** Streams batches of rows of a Parquet file on disk. */
export async function* readParquetFile(path: string, options: ReadParquetOptions = {}): AsyncGenerator<readonly Row[]> {
  const { size } = await withFileErrors('read', path, () => stat(path));
  const handle = await withFileErrors('read', path, () => open(path, 'r'));
  try {
    yield* readParquetBatches(
      {
        byteLength: size,
        async slice(start, end = size) {
          const bytes = new Uint8Array(end - start);
          const { bytesRead } = await withFileErrors('read', path, () => handle.read(bytes, 0, bytes.length, start));
          return bytes.buffer.slice(0, bytesRead);
        },
      },
      path,
      options,
    );
  } finally {
    await handle.close();
  }
}

/** The footer of a Parquet file behind any `{ byteLength, slice }`. */
export async function readParquetFooter(file: AsyncBuffer, name: string): Promise<ParquetFooter> {
  return withParquetErrors(name, () => readFooter(file));
}

async function withParquetErrors<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (isFlanlabError(cause)) throw cause;
    if (cause instanceof UnsupportedError)
      throw new DatasetError(
        'DATASET_PARQUET_UNSUPPORTED',
        { what: `${path} is Parquet of a kind we do not read.`, why: cause.message, fix: cause.fix },
        { cause },
      );
    throw new DatasetError(
      'DATASET_PARQUET_INVALID',
      {
        what: `${path} cannot be read as Parquet.`,
        why: (cause as Error).message,
        fix: 'Download or make the file again.',
      },
      { cause },
    );
  }
}
