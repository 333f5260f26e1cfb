import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AsyncBuffer } from 'hyparquet';
import { collect } from '../../collect.js';
import type { Row } from '../../row.js';
import { type ReadParquetOptions, readParquetBatches } from './read.js';

interface Index {
  readonly files: readonly { readonly file: string; readonly rows: string; readonly note: string }[];
  readonly rows: readonly Row[];
  readonly typed: readonly Row[];
  readonly spark: readonly Row[];
}

const folder = new URL('../../../fixtures/parquet/', import.meta.url);

/** What the files hold. */
export const INDEX: Index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));

/** The files that pyarrow, DuckDB and polars wrote, by name (conformance/parquet_writers.py). */
export const FILES: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries(
    JSON.parse(gunzipSync(readFileSync(new URL('files.json.gz', folder))).toString()) as Record<string, string>,
  ).map(([name, base64]) => [name, Uint8Array.from(Buffer.from(base64, 'base64'))]),
);

/** The rows that a file of the fixtures holds. */
export function expectedRows(kind: string): readonly Row[] {
  if (kind === 'typed') return INDEX.typed;
  if (kind === 'spark') return INDEX.spark;
  if (kind === 'dictionary')
    return Array.from({ length: 600 }, (_, i) => ({ text: `${'x'.repeat((i * 37) % 700)}${i}`, n: i }));
  if (kind === 'flat') return INDEX.rows.map(({ choices, triples, spans, ...row }) => row);
  return INDEX.rows;
}

export function inMemory(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (start, end = bytes.length) => bytes.slice(start, end).buffer as ArrayBuffer,
  };
}

export async function rowsOf(bytes: Uint8Array, options?: ReadParquetOptions): Promise<Row[]> {
  return (await collect(readParquetBatches(inMemory(bytes), 'test.parquet', options))).flat();
}
