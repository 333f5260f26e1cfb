import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonRandom } from '@flanlab/random';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { DatasetError } from '../errors.js';
import type { Row } from '../row.js';
import { readRows, writeRows } from './rows.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content?: string | Uint8Array): string => {
  const path = join(folder, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
const all = (path: string, options = {}): Promise<Row[]> => collect(readRows(path, options));

const python = new URL('../../fixtures/python/', import.meta.url);
const EXPECTED: readonly Row[] = JSON.parse(readFileSync(new URL('expected.json', python), 'utf8'));

describe('formats that keep types', () => {
  it.each(['rows.jsonl', 'arrow-folder', 'rows.parquet'])('%s gives back what was written', async (name) => {
    expect(await writeRows(file(name), EXPECTED)).toBe(12);
    expect(await all(file(name))).toEqual(EXPECTED);
  });

  it.each(['.jsonl', '.parquet', ''])('no rows stay no rows: %j', async (end) => {
    const features = { text: { kind: 'value', dtype: 'string' } } as const;
    expect(await writeRows(file(`none${end}`), [], { features })).toBe(0);
    expect(await all(file(`none${end}`))).toEqual([]);
  });
});

describe('formats that keep text only', () => {
  it.each(['.csv', '.tsv'])('%s quotes what needs it and guesses no types', async (end) => {
    const rows = [
      { a: 'x,"y"\t\nz', b: '007', c: 'None' },
      { a: '', b: 'true', c: "it's" },
    ];
    await writeRows(file(`rows${end}`), rows);
    expect(await all(file(`rows${end}`))).toEqual(rows);
  });

  it('lists are written as JSON, null as nothing', async () => {
    await writeRows(file('mixed.csv'), [{ n: 1, list: ['a', 'b'], none: null }]);
    expect(await all(file('mixed.csv'))).toEqual([{ n: '1', list: '["a","b"]', none: '' }]);
  });
});

describe('reading', () => {
  it('takes a JSON array, and a byte order mark before a header', async () => {
    expect(await all(file('rows.json', '[{"a":1},{"a":2}]'))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await all(file('bom.csv', '\ufeffa,b\r\n1,2\r\n'))).toEqual([{ a: '1', b: '2' }]);
  });

  it('keeps U+2028 inside a JSON line', async () => {
    expect(await all(file('separator.jsonl', '{"a":"x\u2028y"}\n{"a":"z"}'))).toEqual([{ a: 'x\u2028y' }, { a: 'z' }]);
  });

  it.each(['snappy', 'zstd', 'gzip', 'none'])(
    'reads the Parquet of pyarrow, %s, over several row groups',
    async (name) => {
      expect(await all(new URL(`${name}.parquet`, python).pathname)).toEqual(EXPECTED);
    },
  );

  it('reads a lone Arrow stream', async () => {
    const path = new URL('dictionary/train/data-00000-of-00001.arrow', python).pathname;
    expect(await all(path)).toEqual(EXPECTED);
  });

  it('stops at the limit and when told to', async () => {
    const path = file('many.jsonl', '{"a":1}\n'.repeat(5));
    expect(await all(path, { limit: 2 })).toHaveLength(2);
    expect(await all(path, { limit: 0 })).toEqual([]);
    const controller = new AbortController();
    const rows = readRows(path, { signal: controller.signal });
    await rows.next();
    controller.abort();
    await expect(rows.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('broken files', () => {
  const parquet = readFileSync(new URL('snappy.parquet', python));
  const arrow = readFileSync(new URL('dictionary/train/data-00000-of-00001.arrow', python));
  const CASES: readonly (readonly [string, string, string | Uint8Array, object])[] = [
    [
      'a JSON line cut off',
      'cut.jsonl',
      '{"a":1}\n{"a":',
      { code: 'FILES_JSON_INVALID', what: expect.stringContaining('Line 2') },
    ],
    ['a JSON line that is no object', 'list.jsonl', '{"a":1}\n\n[2]\n', { code: 'DATASET_JSON_INVALID' }],
    ['a JSON file that is no array', 'object.json', '{"a":1}', { code: 'DATASET_JSON_INVALID' }],
    ['a quote never closed', 'quote.csv', 'a,b\n1,"2\n', { code: 'DATASET_TABLE_INVALID' }],
    ['a Parquet file cut off', 'cut.parquet', parquet.subarray(0, 900), { code: 'DATASET_PARQUET_INVALID' }],
    ['a Parquet file that is text', 'text.parquet', 'hello, this is no Parquet', { code: 'DATASET_PARQUET_INVALID' }],
    ['an empty Parquet file', 'empty.parquet', '', { code: 'DATASET_PARQUET_INVALID' }],
    ['an Arrow file that is text', 'text.arrow', 'hello, this is no Arrow', { code: 'DATASET_ARROW_INVALID' }],
    ['an empty Arrow file', 'empty.arrow', '', { code: 'DATASET_ARROW_INVALID' }],
    ['an Arrow stream without its end', 'end.arrow', arrow.subarray(0, -8), { code: 'DATASET_ARROW_INVALID' }],
    [
      'a JSON line that would change what a row is',
      'p.jsonl',
      '{"__proto__":{"a":1}}',
      { code: 'DATASET_JSON_INVALID' },
    ],
    ['a CSV header that would', 'p.csv', '__proto__,a\n1,2\n', { code: 'DATASET_TABLE_INVALID' }],
    ['an unknown end of name', 'rows.xlsx', 'x', { code: 'DATASET_FORMAT_UNKNOWN', kind: 'usage' }],
  ];

  it.each(CASES)('%s', async (_what, name, content, error) => {
    await expect(all(file(name, content))).rejects.toThrow(expect.objectContaining(error));
  });

  it.each(['long.jsonl', 'long.csv'])('%s with a row above the limit, which can be raised', async (name) => {
    const text = name.endsWith('csv') ? `a\n1\n${'x'.repeat(100)}\n` : `{"a":1}\n\n{"a":"${'x'.repeat(93)}"}\n`;
    await expect(all(file(name, text), { longestRow: 99 })).rejects.toMatchObject({
      code: 'DATASET_ROW_TOO_LONG',
      what: expect.stringMatching(/^(Row|Line) 3 of .*long\./),
      fix: expect.stringMatching(/--longest-row.*longestRow/),
    });
    expect(await all(file(name), { longestRow: 101 })).toHaveLength(2);
  });

  it('a JSON file larger than any text', async () => {
    const path = file('huge.json', '');
    truncateSync(path, 2 ** 30);
    await expect(all(path)).rejects.toMatchObject({
      code: 'DATASET_JSON_INVALID',
      fix: expect.stringContaining('JSON Lines'),
    });
  });

  it('a missing file', async () => {
    await expect(all(file('missing.jsonl'))).rejects.toThrow(expect.objectContaining({ code: 'FILES_NOT_FOUND' }));
    await expect(all(file('missing.parquet'))).rejects.toThrow(expect.objectContaining({ code: 'FILES_NOT_FOUND' }));
  });

  it('an Arrow stream cut off anywhere', async () => {
    for (let size = 0; size < arrow.length; size += 97) {
      await expect(all(file('any.arrow', arrow.subarray(0, size)))).rejects.toThrow(
        expect.objectContaining({ code: 'DATASET_ARROW_INVALID' }),
      );
    }
  });

  it.each([
    ['any.arrow', arrow, 'DATASET_ARROW_INVALID'],
    ['any.parquet', parquet, 'DATASET_PARQUET_INVALID'],
  ])('%s with damaged bytes gives rows or a typed error, soon', async (name, whole, code) => {
    const random = new PythonRandom(25);
    const codes = new Set<string>();
    for (let i = 0; i < 120; i++) {
      const bytes = Uint8Array.from(whole);
      for (let flips = 0; flips < 3; flips++) bytes[random.randbelow(bytes.length)] = random.randbelow(256);
      const outcome = await all(file(name, bytes)).then(
        () => 'rows',
        (error: unknown) => (error instanceof DatasetError ? error.code : `${error}`),
      );
      codes.add(outcome);
    }
    codes.delete('DATASET_VALUE_INVALID'); // a whole number that became too large
    codes.delete('DATASET_PARQUET_UNSUPPORTED'); // a type or an encoding that became another
    expect([...codes].sort()).toEqual([code, 'rows']);
  });

  it('JSON Lines with damaged bytes keep their rows or are typed errors', async () => {
    const text = Buffer.from(
      `${Array.from({ length: 20 }, (_, n) => JSON.stringify({ n, text: `row ${n}` })).join('\n')}\n`,
    );
    const random = new PythonRandom(1000);
    for (let i = 0; i < 1000; i++) {
      const bytes = Uint8Array.from(text);
      bytes[random.randbelow(bytes.length)]! ^= 1 << random.randbelow(8);
      const outcome = await all(file('any.jsonl', bytes)).then(
        (rows) => rows.length,
        (error: { code?: string }) => error.code,
      );
      expect([20, 'FILES_JSON_INVALID', 'FILES_TEXT_INVALID', 'DATASET_JSON_INVALID']).toContain(outcome);
    }
  });

  it('a failed write leaves the old file', async () => {
    const path = file('kept.jsonl', '{"a":1}\n');
    async function* failing(): AsyncGenerator<Row> {
      yield { a: 2 };
      throw new Error('source broke');
    }
    await expect(writeRows(path, failing())).rejects.toThrow('source broke');
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n');
  });
});
