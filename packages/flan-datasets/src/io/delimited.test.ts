import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDelimitedRow, parseDelimited } from '@flanlab/files';
import { PythonRandom } from '@flanlab/random';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { DatasetError } from '../errors.js';
import { readDelimitedRows } from './delimited.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-delimited-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rowsOf = (text: string | Uint8Array, delimiter: ',' | '\t' = ',') => {
  const path = join(folder, 'table.csv');
  writeFileSync(path, text);
  return collect(readDelimitedRows(path, delimiter));
};

describe('tables', () => {
  it.each([
    ['a,b\n1,2', [{ a: '1', b: '2' }]],
    [
      'a,b\r\n1,2\r\n\r\n3,4\r\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['a\n\n""\nx', [{ a: '' }, { a: '' }, { a: 'x' }]],
    ['a,b\n"x ""y"" z","1\n2"\n', [{ a: 'x "y" z', b: '1\n2' }]],
    ['a,b\nx"y,"z"w\n', [{ a: 'x"y', b: 'zw' }]],
    ['a,b\r1,\r', [{ a: '1', b: '' }]],
    ['', []],
  ])('%j', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows);
  });

  it('larger than one piece of the file, cut anywhere, are read as the whole text is', async () => {
    const draw = new PythonRandom(7);
    const cells = () =>
      Array.from({ length: 3 }, () =>
        Array.from({ length: draw.randbelow(40) }, () => 'ab,"\n\ré😀'[draw.randbelow(8)]).join(''),
      );
    const text = ['a,b,c', ...Array.from({ length: 20_000 }, () => formatDelimitedRow(cells(), ','))].join('\r\n');
    const rows = await rowsOf(text);
    const [, ...want] = parseDelimited(Buffer.from(text).toString(), ',');
    expect(rows.map(({ a, b, c }) => [a, b, c])).toEqual(want.filter((row) => row.length === 3));
    expect(rows).toHaveLength(20_000);
  });

  it('with a row that is too long or too short are errors with its number', async () => {
    await expect(rowsOf('a,b\n1,2\n3\n')).rejects.toThrow('Row 2 has 1 cells; the header has 2.');
    await expect(rowsOf('a,b\n1,2,3\n')).rejects.toThrow('Row 1 has 3 cells');
  });

  it('with damaged bytes have the right number of rows or are typed errors', async () => {
    const text = Buffer.from(
      `id,text,label\n${Array.from({ length: 30 }, (_, i) => `${i},"Some, ""text"" ${i}",${i % 2}\n`).join('')}`,
    );
    const draw = new PythonRandom(1000);
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from(text);
      bytes[14 + draw.randbelow(bytes.length - 14)]! ^= 1 << draw.randbelow(8);
      const outcome = await rowsOf(bytes).then(
        (rows) => rows.length,
        (error: unknown) => error,
      );
      if (outcome instanceof DatasetError) expect(outcome.code).toBe('DATASET_TABLE_INVALID');
      else expect(outcome).toBe(30);
    }
  });
});
