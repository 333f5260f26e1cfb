import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { flanlab } from './test-workspace.js';

it('reports broken rows and ends with the code for bad input, so that scripts notice', async () => {
  await using folder = await temporaryFolder();
  const rows = [
    { sentence1: 'A.', sentence2: 'B.', label: 0 },
    { sentence1: 'A.', label: 1 },
  ];
  await writeFile(join(folder.path, 'rte.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { code, stdout } = await flanlab(folder.path, ['data', 'check', 'rte', '--from', 'rte.jsonl']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/2 rows read, 1 usable, 0 left out, 1 broken/);
  expect(stdout).toMatch(/row 2: DATASET_COLUMN_MISSING .*sentence2/);
  await writeFile(join(folder.path, 'rte.jsonl'), `${JSON.stringify(rows[0])}\n`);
  expect((await flanlab(folder.path, ['data', 'check', 'rte', '--from', 'rte.jsonl'])).code).toBe(0);
});

it('names the row that is longer than the limit, and the option that raises it', async () => {
  await using folder = await temporaryFolder();
  const row = { sentence1: 'x'.repeat(2 ** 20), sentence2: 'B.', label: 0 };
  await writeFile(join(folder.path, 'rte.jsonl'), `${JSON.stringify(row)}\n`);
  const check = (most: string) =>
    flanlab(folder.path, ['data', 'check', 'rte', '--from', 'rte.jsonl', '--longest-row', most]);
  const { code, stderr } = await check('1');
  expect(code).toBe(3);
  expect(stderr).toMatch(/DATASET_ROW_TOO_LONG: Line 1 of rte.jsonl has more than 1048576 bytes[\s\S]*--longest-row/);
  expect((await check('2')).code).toBe(0);
});
