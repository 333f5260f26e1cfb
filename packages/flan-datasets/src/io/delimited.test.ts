import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDelimitedRow, parseDelimited } from '@flanlab/files';
import { PythonRandom } from '@flanlab/random';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import { readDelimitedRows, writeDelimitedRows } from './delimited.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-delimited-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rowsOf = (text: string | Uint8Array, delimiter: ',' | '\t' = ',', limits = {}) => {
  const path = join(folder, 'table.csv');
  writeFileSync(path, text);
  return collect(readDelimitedRows(path, delimiter, limits));
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
    for (let i = 0; i < 1000; i++) {
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

  it.each([
    ['a row', 'a,b\n1,2\n12345,6789\n', 3],
    ['a cell', 'a,b\n1,2\n1234567890,1\n', 3],
    ['a quoted cell', 'a,b\n"1\n2\n3\n4\n5\n6",\n', 2],
    ['a header', 'abcdefghij,k\n', 1],
    ['a last row without an end', 'a,b\n1234567890,1', 2],
  ])('with %s longer than the limit are errors that say how to raise it', async (_what, text, row) => {
    await expect(rowsOf(text, ',', { longestRow: 9 })).rejects.toMatchObject({
      code: 'DATASET_ROW_TOO_LONG',
      what: expect.stringMatching(new RegExp(`^Row ${row} of .*table.csv .* more than 9 characters`)),
      fix: expect.stringContaining('longestRow'),
    });
    await rowsOf(text, ',', { longestRow: 20 });
  });

  it('take the limit for each row, not for what is read at once', async () => {
    const rows = await rowsOf(`a,b\n${'1234,67\n'.repeat(100_000)}`, ',', { longestRow: 7 });
    expect(rows).toHaveLength(100_000);
  });

  it('of bytes that are no UTF-8 are errors, not question marks', async () => {
    await expect(rowsOf(Buffer.from('a,b\nx,caf\u00e9\n', 'latin1'))).rejects.toMatchObject({
      code: 'DATASET_TABLE_INVALID',
      why: expect.stringContaining('UTF-8, in or after row'),
    });
    await expect(rowsOf(Buffer.from('a,b\n1,\u00e9').subarray(0, -1))).rejects.toThrow('UTF-8');
  });

  it('of commas alone do not fill the memory', async () => {
    await expect(rowsOf(','.repeat(1_000_000))).rejects.toThrow('Row 1 has more than 100000 cells');
  });
});

describe('writing tables', () => {
  const path = join(folder, 'written.csv');
  async function* once(rows: readonly Row[]): AsyncGenerator<Row> {
    yield* rows;
  }

  it('has the columns of all rows, also of the last of many', async () => {
    const rows: Row[] = Array.from({ length: 25_000 }, (_, n) => ({ n, text: `"${n}",` }));
    rows.push({ late: [1, null], n: -1 });
    await writeDelimitedRows(path, once(rows), ',');
    const lines = readFileSync(path, 'utf8').split('\n');
    expect([lines[0], lines[1], lines[25_000], lines[25_001], lines[25_002]]).toEqual([
      'n,text,late',
      '0,"""0"",",',
      '24999,"""24999"",",',
      '-1,,"[1,null]"',
      '',
    ]);
    expect(await collect(readDelimitedRows(path, ','))).toHaveLength(25_001);
  });

  it('has each row on the disk, but for one piece, before the next is made', async () => {
    const sizes: number[] = [];
    const unfinished = (): number => {
      const name = readdirSync(folder).find((one) => one.includes('written.csv') && one.endsWith('.tmp'));
      return statSync(join(folder, name!)).size;
    };
    async function* many(): AsyncGenerator<Row> {
      for (let n = 0; n < 50_000; n++) {
        yield { a: 'x'.repeat(100), b: n };
        if (n % 10_000 === 9_999) sizes.push(unfinished());
      }
    }
    await writeDelimitedRows(path, many(), '\t', ['b', 'none', 'a']);
    for (const [i, size] of sizes.entries()) {
      const rows = (i + 1) * 10_000;
      expect(size).toBeGreaterThan(rows * 106 - 2 ** 17);
      expect(size).toBeLessThan(rows * 110);
    }
    const lines = readFileSync(path, 'utf8').split('\n');
    expect([lines[0], lines[50_000]?.slice(0, 11), lines.length]).toEqual(['b\tnone\ta', '49999\t\txxxx', 50_002]);
  });

  it('leaves the old table where the rows break off', async () => {
    writeFileSync(path, 'old');
    async function* broken(): AsyncGenerator<Row> {
      yield { a: 1 };
      throw new Error('source broke');
    }
    for (const columns of [undefined, ['a']])
      await expect(writeDelimitedRows(path, broken(), ',', columns)).rejects.toThrow('source broke');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});
