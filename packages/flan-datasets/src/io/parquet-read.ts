import type { Row } from '../row.js';
import { readParquetFile } from './parquet/read.js';

/** Streams the rows of a Parquet file; see {@link readParquetFile}. */
export async function* readParquetRows(path: string): AsyncGenerator<Row> {
  for await (const rows of readParquetFile(path)) yield* rows;
}
