import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PythonRandom } from '@flanlab/random';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import { readArrowBatches, readArrowFeatures } from './arrow-stream.js';

const fixtures = new URL('../../fixtures/arrow/', import.meta.url);
const INDEX: {
  readonly files: readonly { readonly file: string; readonly rows: 'rows' | 'typed' }[];
  readonly rows: readonly Row[];
  readonly typed: readonly Row[];
} = JSON.parse(readFileSync(new URL('index.json', fixtures), 'utf8'));
const FILES: Readonly<Record<string, string>> = JSON.parse(
  gunzipSync(readFileSync(new URL('files.json.gz', fixtures))).toString(),
);
const bytesOf = (file: string): Uint8Array => Uint8Array.from(Buffer.from(FILES[file]!, 'base64'));

const folder = mkdtempSync(join(tmpdir(), 'flanlab-arrow-'));
afterAll(() => rmSync(folder, { recursive: true }));
let puts = 0;
const put = (bytes: Uint8Array): string => {
  puts += 1;
  const path = join(folder, `${puts % 100}.arrow`);
  writeFileSync(path, bytes);
  return path;
};
const rowsOf = async (path: string): Promise<Row[]> => (await collect(readArrowBatches(path))).flat();

describe('files of pyarrow', () => {
  it.each(INDEX.files)('$file', async ({ file, rows }) => {
    expect(await rowsOf(put(bytesOf(file)))).toStrictEqual(INDEX[rows]);
  });

  it('times, decimals and bytes are features of text', async () => {
    const features = await readArrowFeatures(put(bytesOf('types.arrow')));
    expect(features.nanos).toEqual({ kind: 'value', dtype: 'string' });
    expect(features.price).toEqual({ kind: 'value', dtype: 'string' });
    expect(features.map).toMatchObject({ kind: 'list', of: { kind: 'struct' } });
  });
});

describe('hostile files', () => {
  const outcome = (bytes: Uint8Array): Promise<number | string> =>
    rowsOf(put(bytes)).then(
      (rows) => rows.length,
      (error: unknown) => (error instanceof DatasetError ? error.code : `not typed: ${error}`),
    );

  it('a thousand flipped bits: the right number of rows or a typed error, in bounded memory', async () => {
    const random = new PythonRandom(1000);
    const before = process.memoryUsage().rss;
    const seen = new Set<number | string>();
    const flipped = async (i: number): Promise<void> => {
      const { file } = INDEX.files[i % INDEX.files.length]!;
      const bytes = bytesOf(file);
      bytes[random.randbelow(bytes.length)]! ^= 1 << random.randbelow(8);
      seen.add(`${file.startsWith('types') ? 'typed ' : ''}${await outcome(bytes)}`);
    };
    for (let i = 0; i < 1000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => flipped(i + j)));
    for (const code of ['DATASET_VALUE_INVALID', 'DATASET_FEATURES_INVALID']) {
      seen.delete(code);
      seen.delete(`typed ${code}`);
    }
    expect([...seen].sort()).toEqual(['24', 'DATASET_ARROW_INVALID', 'typed 3', 'typed DATASET_ARROW_INVALID']);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  }, 120_000);

  it('files cut off at every region are typed errors', async () => {
    for (const file of ['stream-lz4.arrow', 'stream-zstd.arrow', 'types.arrow']) {
      const whole = bytesOf(file);
      for (let size = 0; size < whole.length; size += 61)
        expect([size, await outcome(whole.subarray(0, size))]).toEqual([size, 'DATASET_ARROW_INVALID']);
    }
  });
});
