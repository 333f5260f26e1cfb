import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { appendDelimitedRow, formatDelimitedRow, parseDelimited, readDelimited } from './index.js';
import { temporaryFolder } from './test-folder.js';

// What CPython 3.11's csv.writer(delimiter='\t') writes for these rows (lineterminator left out).
it.each([
  [['a', 'b c', ''], 'a\tb c\t'],
  [['tab\there', 'say "hi"', 'two\nlines'], '"tab\there"\t"say ""hi"""\t"two\nlines"'],
  [['', ''], '\t'],
  [[''], '""'],
  [['a,b', ' lead'], 'a,b\t lead'],
])('formats %j as Python does', (cells, text) => {
  expect(formatDelimitedRow(cells, '\t')).toBe(text);
  expect(parseDelimited(`${text}\n`, '\t')).toEqual([cells]);
});

it('reads all line ends and keeps texts as texts', () => {
  expect(parseDelimited('None,1\r\ntrue,"a\r\nb"\rnan,', ',')).toEqual([
    ['None', '1'],
    ['true', 'a\r\nb'],
    ['nan', ''],
  ]);
});

it('reports a quote that is never closed with its row', () => {
  expect(() => parseDelimited('a,b\n"c,d\n', ',')).toThrow(
    expect.objectContaining({ code: 'FILES_DELIMITED_INVALID', what: expect.stringContaining('Row 2') }),
  );
});

it('keeps a stable union of columns when a log gets new ones', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'eval_logs.csv');
  await appendDelimitedRow(path, { job: '1', rouge1: '3.5' }, ',');
  await appendDelimitedRow(path, { job: '2', accuracy: '50' }, ',');
  expect(await readFile(path, 'utf8')).toBe('job,rouge1,accuracy\n1,3.5,\n2,,50\n');
  expect((await readDelimited(path, ',')).rows[1]).toEqual({ job: '2', rouge1: '', accuracy: '50' });
});

it('reads a file with a byte order mark and short rows', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'x.tsv');
  await writeFile(path, '\uFEFFa\tb\n1\n');
  expect(await readDelimited(path, '\t')).toEqual({ columns: ['a', 'b'], rows: [{ a: '1', b: '' }] });
});

it('lets several processes add to one log at once, and each row in once', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'eval_logs.csv');
  // Each adds five rows with a column of its own, and one that every process wants to add.
  const program = (who: number) => `
    import { appendDelimitedRow } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const path = ${JSON.stringify(path)};
    for (let n = 0; n < 5; n++) await appendDelimitedRow(path, { job: '${who}', n: String(n), own${who}: 'x' }, ',');
    await appendDelimitedRow(path, { job: 'all', n: '' }, ',', { unless: ({ job }) => job === 'all' });
  `;
  const start = (who: number) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(who)]);
  const jobs = [0, 1, 2, 3, 4, 5];
  await Promise.all(jobs.map(start));
  const { columns, rows } = await readDelimited(path, ',');
  expect(columns.toSorted()).toEqual(['job', 'n', 'own0', 'own1', 'own2', 'own3', 'own4', 'own5']);
  const seen = rows.map(({ job, n }) => `${job} ${n}`).toSorted();
  expect(seen).toEqual([...jobs.flatMap((job) => [0, 1, 2, 3, 4].map((n) => `${job} ${n}`)), 'all ']);
  expect(rows.every((row) => row.job === 'all' || row[`own${row.job}`] === 'x')).toBe(true);
  expect(await readdir(folder.path)).toEqual(['eval_logs.csv']); // the lock is gone
});
