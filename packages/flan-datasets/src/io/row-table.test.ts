import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonRandom } from '@flanlab/random';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { loadTask } from '../load-task.js';
import { materialiseTask } from '../materialise-task.js';
import { readDataset, writeDataset } from './dataset-folder.js';
import { openRowTable } from './row-table.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-table-'));
afterAll(() => rmSync(folder, { recursive: true }));
const python = (name: string): string => new URL(`../../fixtures/python/${name}`, import.meta.url).pathname;

describe('a table of rows', () => {
  it('gives any row of several data files', async () => {
    const path = join(folder, 'long');
    const rows = Array.from({ length: 12_345 }, (_, n) => ({ n, text: `row ${n}`, list: [n, n + 1] }));
    expect(await writeDataset(path, rows, { shardBytes: 100_000 })).toBe(12_345);
    expect(readdirSync(path).filter((name) => name.endsWith('.arrow')).length).toBeGreaterThan(3);
    expect(await collect((await readDataset(path)).rows())).toEqual(rows);
    await using table = await openRowTable(path);
    expect(table.length).toBe(12_345);
    const random = new PythonRandom(3);
    for (let i = 0; i < 200; i++) {
      const index = random.randbelow(rows.length);
      expect(await table.at(index)).toEqual(rows[index]);
    }
    expect(await table.at(-1)).toEqual(rows.at(-1));
    expect(await table.at(12_345)).toBeUndefined();
    expect(await collect(table.rows(990, 1010))).toEqual(rows.slice(990, 1010));
  });

  it.each(['dictionary/train', 'sharded', 'old-spelling'])('opens what Python wrote: %s', async (name) => {
    await using table = await openRowTable(python(name));
    const rows = await collect((await readDataset(python(name))).rows());
    expect(await collect(table.rows())).toEqual(rows);
    expect(table).toHaveLength(rows.length);
  });

  it('says which file is cut off', async () => {
    const path = join(folder, 'cut');
    cpSync(python('dictionary/test'), path, { recursive: true });
    truncateSync(join(path, 'data-00000-of-00001.arrow'), 3000);
    await expect(openRowTable(path)).rejects.toThrow(expect.objectContaining({ code: 'DATASET_ARROW_INVALID' }));
  });

  it('is what a task is materialised into', async () => {
    await using table = await materialiseTask('rte', join(folder, 'rte'), { split: 'train', limit: 5 });
    const rows = await collect(loadTask('rte', { split: 'train', limit: 5 }));
    expect(table.length).toBe(5);
    expect(await table.at(3)).toEqual(rows[3]);
  });
});
