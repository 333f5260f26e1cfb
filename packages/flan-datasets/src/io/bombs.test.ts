import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { readRowBatches } from './rows.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));
// Made by conformance/bombs.py: valid files of a few hundred bytes to some kilobytes.
const FILES: Readonly<Record<string, string>> = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/bombs.json.gz', import.meta.url))).toString(),
);
const put = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(FILES[name]!, 'base64'));
  return path;
};
const LENGTH = 20_000;
/** Rows, and the most that came at once. */
const read = async (path: string): Promise<{ rows: number; most: number }> => {
  let rows = 0;
  let most = 0;
  for await (const batch of readRowBatches(path)) {
    if (batch.some(({ list }) => (list as readonly unknown[]).length !== LENGTH)) throw new Error('a row is not whole');
    rows += batch.length;
    most = Math.max(most, batch.length);
  }
  return { rows, most };
};

it.each([
  ['one-row.parquet', 'DATASET_PARQUET_UNSUPPORTED', /A row of it has more than 4194304 values of list/],
  ['one-row.arrow', 'DATASET_ARROW_INVALID', /A row has 5000000 values in the column list/],
  ['many-buffers.arrow', 'DATASET_ARROW_INVALID', /A batch of \d+ bytes decodes to 36\d+/],
])('%s, which unpacks to millions of values, is a typed error', async (name, code, why) => {
  await expect(read(put(name))).rejects.toMatchObject({ code, why: expect.stringMatching(why) });
});

it.each(['long-lists.parquet', 'long-lists.arrow'])('%s gives its rows a few at a time', async (name) => {
  const { rows, most } = await read(put(name));
  expect(rows).toBe(300);
  expect(most * LENGTH).toBeLessThan(2 ** 18);
});
