import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { withFileErrors, writeJsonLines } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import { readArrowBatches } from './arrow-stream.js';
import { readDataset, writeDataset } from './dataset-folder.js';
import { readDelimitedRows, writeDelimitedRows } from './delimited.js';
import type { Features } from './features.js';
import { readJsonLineRows, readJsonRows } from './json-lines.js';
import type { RowLimits } from './row-limits.js';
import { withFeatures } from './spool.js';

interface RowFormat {
  /** Rows in batches, where the format has such: one wait for each row would take longer than reading it. */
  readonly read: (path: string, limits: RowLimits) => AsyncGenerator<readonly Row[]>;
  /** Missing: a format we only read. */
  readonly write?: (
    path: string,
    rows: Iterable<Row> | AsyncIterable<Row>,
    features: Features | undefined,
  ) => Promise<void>;
}

/** File formats by the end of the name. A folder is an Arrow dataset. */
const FORMATS = {
  '.jsonl': { read: readJsonLineRows, write: writeJsonLines },
  '.json': { read: readJsonRows },
  '.csv': {
    read: (path, limits) => oneByOne(readDelimitedRows(path, ',', limits)),
    write: (path, rows, features) => writeDelimitedRows(path, rows, ',', features && Object.keys(features)),
  },
  '.tsv': {
    read: (path, limits) => oneByOne(readDelimitedRows(path, '\t', limits)),
    write: (path, rows, features) => writeDelimitedRows(path, rows, '\t', features && Object.keys(features)),
  },
  '.arrow': { read: readArrowBatches },
  '.parquet': {
    // Loaded when it is needed: most runs read no Parquet, and its libraries take a third of the time to start.
    read: async function* (path) {
      yield* (await import('./parquet/read.js')).readParquetFile(path);
    },
    write: async (path, rows, features) => {
      const { writeParquetRows } = await import('./parquet/write.js');
      return features
        ? writeParquetRows(path, rows, features)
        : withFeatures(rows, (again, inferred) => writeParquetRows(path, again, inferred));
    },
  },
} as const satisfies Readonly<Record<string, RowFormat>>;

/** The ends of names that {@link readRows} knows. */
export const ROW_FILE_EXTENSIONS = Object.keys(FORMATS) as readonly (keyof typeof FORMATS)[];

export interface ReadRowsOptions extends RowLimits {
  /** At most this many rows. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams the rows of a `.jsonl`, `.json`, `.parquet`, `.csv`, `.tsv` or `.arrow` file, or of an Arrow dataset folder, in
 * stored order.
 *
 * @throws {DatasetError} a code that names the format, or `DATASET_FORMAT_UNKNOWN`
 * @throws {FilesError} when the path is missing or unreadable
 */
export async function* readRows(path: string, options: ReadRowsOptions = {}): AsyncGenerator<Row> {
  for await (const rows of readRowBatches(path, options)) {
    for (const row of rows) {
      options.signal?.throwIfAborted();
      yield row;
    }
  }
}

/** The rows of {@link readRows} in batches of any size, for loops in which waiting for each row would cost most. */
export async function* readRowBatches(
  path: string,
  { limit = Number.POSITIVE_INFINITY, signal, longestRow }: ReadRowsOptions = {},
): AsyncGenerator<readonly Row[]> {
  const isFolder = (await withFileErrors('read', path, () => stat(path))).isDirectory();
  const batches = isFolder ? (await readDataset(path)).batches() : formatOf(path).read(path, { longestRow });
  let left = limit;
  if (left <= 0) return;
  for await (const rows of batches) {
    signal?.throwIfAborted();
    yield rows.length <= left ? rows : rows.slice(0, left);
    left -= rows.length;
    if (left <= 0) return;
  }
}

async function* oneByOne(rows: AsyncIterable<Row>): AsyncGenerator<readonly Row[]> {
  for await (const row of rows) yield [row];
}

export interface WriteRowsOptions {
  /** Column types for Parquet and Arrow, and the columns for CSV and TSV; inferred from the rows when left out. */
  readonly features?: Features | undefined;
}

/**
 * Writes rows in the format that the name's end says; a name without one becomes an Arrow dataset folder, replacing one that is
 * there. All or nothing: a failed write leaves the old content.
 *
 * @returns the number of rows
 */
export async function writeRows(
  path: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  { features }: WriteRowsOptions = {},
): Promise<number> {
  if (extname(path) === '') return writeDataset(path, rows, { features, replace: true });
  const { write } = formatOf(path);
  if (write === undefined) throw unknownFormat(path, 'It is one we only read.');
  let count = 0;
  async function* counted(): AsyncGenerator<Row> {
    for await (const row of rows) {
      count += 1;
      yield row;
    }
  }
  await write(path, counted(), features);
  return count;
}

function formatOf(path: string): RowFormat {
  const end = extname(path).toLowerCase();
  if (Object.hasOwn(FORMATS, end)) return FORMATS[end as keyof typeof FORMATS];
  throw unknownFormat(path, end === '' ? 'Its name has no end such as .jsonl.' : `No format goes by ${end}.`);
}

function unknownFormat(path: string, why: string): DatasetError {
  return new DatasetError(
    'DATASET_FORMAT_UNKNOWN',
    {
      what: `The format of ${path} cannot be used here.`,
      why,
      fix: `Use one of ${ROW_FILE_EXTENSIONS.join(', ')}, or a dataset folder.`,
    },
    { kind: 'usage' },
  );
}
