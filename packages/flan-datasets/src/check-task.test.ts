import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkTask } from './check-task.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (rows: readonly object[]): string => {
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
};
const snli = (label: number | string | undefined) => ({
  premise: 'P',
  hypothesis: 'H',
  ...(label !== undefined && { label }),
});

it('counts what is kept, left out and broken, and goes on after a broken row', async () => {
  const source = put([snli(0), snli(-1), snli(7), snli(undefined), snli(1), snli(0)]);
  expect(await checkTask('snli', { split: 'train', source })).toMatchObject({
    read: 6,
    kept: 3,
    leftOut: 1,
    broken: 2,
    problems: [
      { row: 3, code: 'DATASET_VALUE_INVALID' },
      { row: 4, code: 'DATASET_COLUMN_MISSING' },
    ],
    labels: [
      ['yes', 2],
      ['it is not possible to tell', 1],
    ],
    warnings: [],
  });
});

it('warns of one label only, as in the head of a sorted file, and of test rows that are training rows', async () => {
  const { warnings } = await checkTask('snli', { split: 'train', source: put([snli(0), snli(0)]) });
  expect(warnings).toEqual([expect.stringContaining('Every row has the same answer, "yes"')]);
  expect((await checkTask('wsc273', { split: 'test' })).warnings).toEqual([expect.stringContaining('both come from')]);
  expect((await checkTask('snli', { split: 'train', source: put([snli(-1)]) })).warnings).toEqual([
    'No row can be used.',
  ]);
});
