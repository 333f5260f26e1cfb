import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parquet from 'parquetjs-lite';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../../collect.js';
import type { Row } from '../../row.js';
import { type Features, inferFeatures, SCALAR_TYPES, type ScalarType } from '../features.js';
import { readParquetFile } from './read.js';
import { FILES, INDEX } from './test-files.js';
import { parquetWriterFor, writeParquetRows } from './write.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function throughFile(name: string, rows: readonly Row[], features: Features): Promise<Row[]> {
  const path = join(folder, `${name}.parquet`);
  await writeParquetRows(path, rows, features);
  return (await collect(readParquetFile(path))).flat();
}

const PLAIN: readonly Row[] = [
  { text: 'a', n: 1, x: 0.5, seen: true, inner: { word: '', deep: { n: -(2 ** 53 - 1) } } },
  { text: null, n: null, x: null, seen: null, inner: { word: null, deep: { n: null } } },
  { text: 'Grüße \u2028 😀', n: 2 ** 53 - 1, x: -0.1, seen: false, inner: { word: 'w', deep: { n: 0 } } },
];

const VALUES: Readonly<Record<ScalarType, readonly (string | number | boolean | null)[]>> = {
  string: ['', 'ä', null],
  large_string: ['x', null],
  bool: [true, false, null],
  int8: [-128, 127, null],
  int16: [-32768, 32767, null],
  int32: [-(2 ** 31), 2 ** 31 - 1, null],
  int64: [-(2 ** 53 - 1), 2 ** 53 - 1, null],
  uint8: [0, 255, null],
  uint16: [0, 65535, null],
  uint32: [0, 2 ** 32 - 1, null],
  uint64: [0, 2 ** 53 - 1, null],
  float16: [1.5, -0.25, null],
  float32: [0.5, -1.25, null],
  float64: [0.1, Number.MAX_VALUE, null],
  null: [null, null],
};

describe('what is written is read back', () => {
  it('plain columns, by parquetjs-lite', async () => {
    const features = inferFeatures(PLAIN);
    expect(parquetWriterFor(features)).toBe('parquetjs-lite');
    expect(await throughFile('plain', PLAIN, features)).toStrictEqual(PLAIN);
  });

  it('lists of lists and of structs, null and empty, by hyparquet-writer', async () => {
    const features = inferFeatures(INDEX.rows);
    expect(parquetWriterFor(features)).toBe('hyparquet-writer');
    expect(await throughFile('nested', INDEX.rows, features)).toStrictEqual(INDEX.rows);
  });

  it.each(SCALAR_TYPES)('%s, alone and in a list', async (dtype) => {
    const of = { kind: 'value', dtype } as const;
    const alone = VALUES[dtype].map((v) => ({ v }));
    expect(await throughFile(dtype, alone, { v: of })).toStrictEqual(alone);
    const listed: Row[] = [{ v: VALUES[dtype] }, { v: [] }, { v: null }];
    expect(await throughFile(`${dtype}s`, listed, { v: { kind: 'list', of } })).toStrictEqual(listed);
  });

  it('more rows than one row group', async () => {
    const rows = Array.from({ length: 25_000 }, (_, n) => ({ n, list: [n] }));
    expect(await throughFile('many', rows, inferFeatures(rows))).toEqual(rows);
  });

  it('no rows', async () => {
    expect(await throughFile('none', [], { a: { kind: 'list', of: { kind: 'value', dtype: 'string' } } })).toEqual([]);
  });
});

it('refuses what Parquet cannot store, and values of another type', async () => {
  const refused = (rows: readonly Row[], features: Features) =>
    writeParquetRows(join(folder, 'no.parquet'), rows, features);
  const code = (name: string) => expect.objectContaining({ code: name });
  await expect(refused([], {})).rejects.toThrow(code('DATASET_FEATURES_INVALID'));
  await expect(refused([{ a: {} }], { a: { kind: 'struct', fields: {} } })).rejects.toThrow(
    code('DATASET_FEATURES_INVALID'),
  );
  for (const of of [
    { kind: 'value', dtype: 'int64' } as const,
    { kind: 'list', of: { kind: 'value', dtype: 'int64' } } as const,
  ])
    await expect(refused([{ a: 'x' }], { a: of })).rejects.toThrow(code('DATASET_VALUE_INVALID'));
});

// Why the writer is split in two, and why parquetjs-lite reads nothing here. When one of these fails, the table can move.
describe('the boundary of parquetjs-lite', () => {
  const firstRow = async (bytes: Uint8Array): Promise<object | null> => {
    const reader = await parquet.ParquetReader.openBuffer(Buffer.from(bytes));
    return reader.getCursor().next();
  };

  it.each([
    ['pyarrow-snappy-v1.parquet', 'invalid parquet version'],
    ['duckdb-snappy-v2.parquet', 'invalid parquet version'],
    ['duckdb-zstd-v1.parquet', 'invalid compression method'],
    ['duckdb-brotli-v1.parquet', 'Not Supported in Lite version'],
    ['polars-snappy.parquet', 'invalid encoding: RLE_DICTIONARY'],
  ])('it refuses to read %s: %s', async (file, message) => {
    // Some of its errors are texts.
    await expect(firstRow(FILES[file]!).catch((error: unknown) => String(error))).resolves.toContain(message);
  });

  it('it reads old files of plain values, but gives lists in their stored form', async () => {
    const row = await firstRow(FILES['duckdb-snappy-v1.parquet']!);
    // An empty list of lists, which it cannot tell from none.
    expect(INDEX.rows[0]!.triples).toEqual([]);
    expect(row).toMatchObject({ text: INDEX.rows[0]!.text, triples: {} });
  });

  it('it reads what it wrote itself', async () => {
    await throughFile('own', PLAIN, inferFeatures(PLAIN));
    const reader = await parquet.ParquetReader.openBuffer(readFileSync(join(folder, 'own.parquet')));
    expect(await reader.getCursor().next()).toMatchObject({ text: 'a', x: 0.5, seen: true });
    await reader.close();
  });

  it('its repeated columns cannot be null: lists go to the other writer', async () => {
    const schema = new parquet.ParquetSchema({ list: { type: 'UTF8', repeated: true } });
    const writer = await parquet.ParquetWriter.openFile(schema, join(folder, 'list.parquet'));
    await writer.appendRow({});
    await writer.close();
    expect((await collect(readParquetFile(join(folder, 'list.parquet')))).flat()).toEqual([{ list: [] }]);
  });
});
