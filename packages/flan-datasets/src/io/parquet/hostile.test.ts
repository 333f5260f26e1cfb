import { brotliCompressSync, gzipSync } from 'node:zlib';
import { PythonRandom } from '@flanlab/random';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../errors.js';
import { DECOMPRESSORS } from '../decompress.js';
import { expectedRows, FILES, INDEX, rowsOf } from './test-files.js';
import { thriftEnd } from './thrift-check.js';

const TYPED = ['DATASET_PARQUET_INVALID', 'DATASET_PARQUET_UNSUPPORTED', 'DATASET_VALUE_INVALID'];

/** The number of rows, or the code of the error. */
async function outcome(bytes: Uint8Array): Promise<number | string> {
  return rowsOf(bytes).then(
    (rows) => rows.length,
    (error: unknown) => (error instanceof DatasetError ? error.code : `not typed: ${error}`),
  );
}

describe('hostile files', () => {
  it('a thousand flipped bits: the right number of rows or a typed error, in bounded memory', async () => {
    const random = new PythonRandom(1000);
    const before = process.memoryUsage().rss;
    let survived = 0;
    for (let i = 0; i < 1000; i++) {
      const { file, rows } = INDEX.files[i % INDEX.files.length]!;
      const bytes = Uint8Array.from(FILES[file]!);
      bytes[random.randbelow(bytes.length)]! ^= 1 << random.randbelow(8);
      const result = await outcome(bytes);
      if (typeof result === 'string') expect(TYPED).toContain(result);
      else {
        survived += 1;
        expect([file, result]).toEqual([file, expectedRows(rows).length]);
      }
    }
    expect(survived).toBeGreaterThan(0); // statistics, names of columns, letters of texts
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  }, 120_000);

  it('files cut off at every region are typed errors', async () => {
    for (const file of [
      'pyarrow-snappy-v1.parquet',
      'pyarrow-zstd-v2.parquet',
      'duckdb-gzip-v2.parquet',
      'polars-lz4.parquet',
    ]) {
      const whole = FILES[file]!;
      for (let size = 0; size < whole.length; size += 53)
        expect([size, await outcome(whole.subarray(0, size))]).toEqual([size, 'DATASET_PARQUET_INVALID']);
    }
  });

  it('a cut in the middle, its footer kept, is a typed error', async () => {
    const whole = FILES['pyarrow-none-v1.parquet']!;
    for (let cut = 4; cut < 2000; cut += 101) {
      const bytes = new Uint8Array([...whole.subarray(0, cut), ...whole.subarray(cut + 50)]);
      expect(TYPED).toContain(await outcome(bytes));
    }
  });

  it('bombs stop at the length that their page announces', () => {
    const zeros = new Uint8Array(2 ** 21);
    expect(() => DECOMPRESSORS.GZIP(gzipSync(zeros), 1000)).toThrow();
    expect(() => DECOMPRESSORS.BROTLI(brotliCompressSync(zeros), 1000)).toThrow();
    // A frame of one repeated block: 13 bytes that decode to 128 KiB.
    const zstd = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x80, 0, 0, 0, 2, 0x03, 0, 0x10, 0]);
    expect(() => DECOMPRESSORS.ZSTD(zstd, 1000)).toThrow();
    const lz4 = Uint8Array.from([0x1f, 0, 1, 0, ...new Array(4000).fill(255), 0]);
    expect(() => DECOMPRESSORS.LZ4_RAW(lz4, 1000)).toThrow(RangeError);
    expect(() => DECOMPRESSORS.SNAPPY(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 2 ** 28)).toThrow(RangeError);
  });

  it.each<[string, number[]]>([
    ['a number that never ends', [0x15, ...new Array(40).fill(0xff)]],
    ['structures inside structures', new Array(2000).fill(0x1c)],
    ['lists inside lists', [0x19, ...new Array(2000).fill(0xf9)]],
    ['a type that does not exist', [0x1e, 0]],
  ])('metadata with %s', (_what, bytes) => {
    let end: number | undefined;
    try {
      end = thriftEnd(Uint8Array.from(bytes), 0);
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
    expect(end).toBeUndefined();
  });

  it('a column that would change what a row is', async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: '__proto__', data: ['x'], type: 'STRING' }] }),
    );
    expect(await outcome(bytes)).toBe('DATASET_PARQUET_INVALID');
  });

  it('a footer that announces more than the file holds', async () => {
    const bytes = Uint8Array.from(FILES['pyarrow-snappy-v1.parquet']!);
    new DataView(bytes.buffer).setUint32(bytes.length - 8, 0xffffffff, true);
    expect(await outcome(bytes)).toBe('DATASET_PARQUET_INVALID');
  });
});
