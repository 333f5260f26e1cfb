import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openJsonLinesAppender, readJson, readJsonLines, writeJson, writeJsonLines } from './index.js';
import { temporaryFolder } from './test-folder.js';

const all = async (path: string) => {
  const rows: unknown[] = [];
  for await (const row of readJsonLines(path)) rows.push(row);
  return rows;
};

it('reads back what it wrote, rows with line separators included', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'rows.jsonl');
  const rows = [{ text: 'a\nb\u2028c\u0085' }, null, [1, 'ä'], { big: 'x'.repeat(100_000) }];
  await writeJsonLines(path, rows);
  expect(await all(path)).toEqual(rows);
  await writeJson(path, rows);
  expect(await readJson(path)).toEqual(rows);
});

it('reads lines longer than what is read at once, with either ending and none at the end', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'rows.jsonl');
  const rows = [{ text: 'ä'.repeat(500_000) }, 1, { text: '𝄞'.repeat(300_000) }, 2];
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\r\n\n'));
  expect(await all(path)).toEqual(rows);
  await writeFile(path, '');
  expect(await all(path)).toEqual([]);
});

it('gives the values before a line that is no JSON', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'rows.jsonl');
  await writeFile(path, '1\n2\nthree\n4\n');
  const rows: unknown[] = [];
  await expect(async () => {
    for await (const row of readJsonLines(path)) rows.push(row);
  }).rejects.toMatchObject({ what: expect.stringContaining('Line 3') });
  expect(rows).toEqual([1, 2]);
});

it('names the line that is cut off', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'rows.jsonl');
  await writeFile(path, '{"a":1}\n\n{"a":');
  await expect(all(path)).rejects.toMatchObject({
    code: 'FILES_JSON_INVALID',
    what: expect.stringContaining('Line 3'),
  });
  await expect(all(join(folder.path, 'none.jsonl'))).rejects.toMatchObject({ code: 'FILES_NOT_FOUND' });
});

it('appends, and heals a last line that a crash cut off', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'sub/log.jsonl');
  {
    await using log = await openJsonLinesAppender(path);
    await log.append({ i: 0 }, { i: 1 });
  }
  await writeFile(path, `${await readFile(path, 'utf8')}{"i":2,"text":"${'y'.repeat(200_000)}`);
  {
    await using log = await openJsonLinesAppender(path);
    await log.append({ i: 2 });
  }
  expect(await all(path)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  await writeFile(path, '{"torn":');
  await (await openJsonLinesAppender(path)).close();
  expect(await readFile(path, 'utf8')).toBe('');
});
