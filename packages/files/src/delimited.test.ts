import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
