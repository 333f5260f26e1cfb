import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isFlanlabError } from '@flanlab/errors';
import { PythonRandom } from '@flanlab/random';
import { afterAll, expect, it } from 'vitest';
import { loadTask } from '../load-task.js';
import type { Row } from '../row.js';
import { readRows } from './rows.js';

const ROWS = 20;
const root = mkdtempSync(join(tmpdir(), 'flanlab-flipped-'));
afterAll(() => rmSync(root, { recursive: true }));
const records: readonly Row[] = Array.from({ length: ROWS }, (_, n) => ({
  n,
  text: `Row ${n}, "quoted" é`,
  list: [n],
}));
const lines = records.map((row) => JSON.stringify(row)).join('\n');

/** Formats whose own tests flip no bits: what is flipped and how often, how it is read, and how many rows it has. */
const FORMATS: readonly (readonly [string, number, () => string, (path: string) => AsyncIterable<Row>, number])[] = [
  ['rows.json', 1000, () => put('rows.json', JSON.stringify(records)), readRows, ROWS],
  ['packed lines', 500, () => put('train.jsonl.gz', gzipSync(lines)), newsroom, ROWS],
  ['state.json', 500, () => part('state.json'), folderOf, 12],
  ['dataset_info.json', 500, () => part('dataset_info.json'), folderOf, 12],
];

function put(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

function part(name: string): string {
  const source = new URL('../../fixtures/python/dictionary/train', import.meta.url).pathname;
  const folder = join(root, name.replaceAll('.', '-'));
  cpSync(source, folder, { recursive: true });
  expect(readdirSync(folder)).toContain(name);
  return join(folder, name);
}

function folderOf(path: string): AsyncIterable<Row> {
  return readRows(join(path, '..'));
}

async function* newsroom(path: string): AsyncIterable<Row> {
  const folder = join(root, 'newsroom-release', 'release');
  cpSync(path, join(folder, 'train.jsonl.gz'));
  yield* loadTask('newsroom', { split: 'train', source: root, raw: true });
}

it.each(FORMATS)(
  '%s: of %i flipped bits, each leaves all rows or is a typed error',
  async (_what, times, make, read, rows) => {
    const path = make();
    const whole = readFileSync(path);
    const random = new PythonRandom(1000);
    const outcomes = new Set<string>();
    for (let i = 0; i < times; i++) {
      const bytes = Uint8Array.from(whole);
      bytes[random.randbelow(bytes.length)]! ^= 1 << random.randbelow(8);
      writeFileSync(path, bytes);
      let count = 0;
      const outcome = await (async () => {
        for await (const _row of read(path)) count += 1;
        return String(count);
      })().catch((error: unknown) => (isFlanlabError(error) ? 'typed' : `${error}`));
      outcomes.add(outcome);
    }
    outcomes.delete('typed');
    outcomes.delete(String(rows));
    expect([...outcomes]).toEqual([]);
  },
  180_000,
);
