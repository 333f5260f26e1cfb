import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { Row } from '../row.js';
import { datasetFolderKind, readDataset, readSplitNames, writeDataset, writeDatasetDict } from './dataset-folder.js';
import type { Features } from './features.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = (name: string): string => fileURLToPath(new URL(`../../fixtures/python/${name}`, import.meta.url));
const EXPECTED: readonly Row[] = JSON.parse(readFileSync(python('expected.json'), 'utf8'));
const rowsOf = async (path: string): Promise<Row[]> => collect((await readDataset(path)).rows());
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('folders that Python wrote', () => {
  it('are told apart by their files', async () => {
    expect(await datasetFolderKind(python('dictionary'))).toBe('dictionary');
    expect(await datasetFolderKind(python('dictionary/train'))).toBe('dataset');
    expect(await datasetFolderKind(python('.'))).toBeUndefined();
    expect(await readSplitNames(python('dictionary'))).toEqual(['train', 'test']);
  });

  it('hold the rows that went in', async () => {
    expect(await rowsOf(python('dictionary/train'))).toEqual(EXPECTED);
    expect(await rowsOf(python('dictionary/test'))).toEqual(EXPECTED.slice(0, 3));
  });

  it('are read over all their shards, in the shuffled order that was saved', async () => {
    const counts = (await rowsOf(python('sharded'))).map(({ count }) => count);
    expect(counts).toHaveLength(12);
    expect(new Set(counts)).toEqual(new Set(EXPECTED.map(({ count }) => count)));
    expect(counts).not.toEqual(EXPECTED.map(({ count }) => count));
  });

  it('have the same types in the old spelling, where a sequence of a struct is a struct of lists', async () => {
    const [old, current] = await Promise.all([
      readDataset(python('old-spelling')),
      readDataset(python('dictionary/train')),
    ]);
    expect(old.features).toEqual(current.features);
    expect(current.features).toMatchObject({
      label: { kind: 'class-label', names: ['no', 'yes'] },
      count: { kind: 'value', dtype: 'int32' },
      triples: { kind: 'list', of: { kind: 'list' } },
    });
  });
});

describe('folders that we write', () => {
  it('are the same bytes for the same rows', async () => {
    const bytes = async (name: string) => {
      await writeDataset(join(folder, name), EXPECTED);
      return readdirSync(join(folder, name)).map((file) => [file, readFileSync(join(folder, name, file), 'base64')]);
    };
    expect(await bytes('first')).toEqual(await bytes('second'));
  });

  it('keep the features they are given, nulls and missing fields', async () => {
    const { features } = await readDataset(python('dictionary/train'));
    const path = join(folder, 'typed');
    expect(await writeDataset(path, [{ text: 'only text' }], { features, split: 'train' })).toBe(1);
    const back = await readDataset(path);
    expect(back.features).toEqual(features);
    expect(Object.keys((await rowsOf(path))[0]!)).toEqual(Object.keys(features));
    expect((await rowsOf(path))[0]).toMatchObject({ text: 'only text', options: null, choices: null });
    expect(readJson(join(path, 'state.json'))).toMatchObject({ _split: 'train', _format_type: null });
  });

  it('spell lists so that every version of datasets reads them', async () => {
    const path = join(folder, 'spelled');
    await writeDataset(path, EXPECTED);
    expect(readJson(join(path, 'dataset_info.json')).features).toMatchObject({
      options: { _type: 'Sequence', feature: { dtype: 'string', _type: 'Value' } },
      spans: [{ start: { dtype: 'int64' } }],
    });
  });

  it('hold 2,500 rows and several splits', async () => {
    const rows = Array.from({ length: 2500 }, (_, n) => ({ n }));
    const path = join(folder, 'splits');
    expect(await writeDatasetDict(path, { train: rows, test: rows.slice(0, 1) })).toEqual({ train: 2500, test: 1 });
    expect(await rowsOf(join(path, 'train'))).toEqual(rows);
    expect(await readSplitNames(path)).toEqual(['train', 'test']);
  });

  it('appear whole or not at all', async () => {
    const path = join(folder, 'half');
    async function* failing(): AsyncGenerator<Row> {
      yield { n: 1 };
      throw new Error('source broke');
    }
    await expect(writeDatasetDict(path, { train: [{ n: 1 }], test: failing() })).rejects.toThrow('source broke');
    expect(readdirSync(folder).filter((name) => name.includes('half'))).toEqual([]);
  });

  it('replace another only when told to', async () => {
    const path = join(folder, 'twice');
    await writeDataset(path, [{ n: 1 }]);
    await expect(writeDataset(path, [{ n: 2 }])).rejects.toThrow(expect.objectContaining({ code: 'FILES_EXISTS' }));
    await writeDataset(path, [{ n: 3 }], { replace: true });
    expect(await rowsOf(path)).toEqual([{ n: 3 }]);
  });

  it.each<[string, Row[], Features | undefined, string]>([
    ['columns of two types', [{ a: 1 }, { a: 'x' }], undefined, 'DATASET_FEATURES_INVALID'],
    ['a list where text belongs', [{ a: ['x'] }], { a: { kind: 'value', dtype: 'string' } }, 'DATASET_VALUE_INVALID'],
    [
      'a fraction where a whole number belongs',
      [{ a: 0.5 }],
      { a: { kind: 'value', dtype: 'int64' } },
      'DATASET_VALUE_INVALID',
    ],
  ])('are refused for %s', async (_what, rows, features, code) => {
    await expect(writeDataset(join(folder, 'refused'), rows, { features })).rejects.toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('broken folders', () => {
  const broken = (name: string, change: (path: string) => void): string => {
    const path = join(folder, name);
    cpSync(python('dictionary/test'), path, { recursive: true });
    change(path);
    return path;
  };
  const write = (file: string, json: unknown) => (path: string) =>
    writeFileSync(join(path, file), JSON.stringify(json));

  it.each<[string, (path: string) => void, string]>([
    [
      'a data file named outside',
      write('state.json', { _data_files: [{ filename: '../../secret.arrow' }] }),
      'DATASET_FOLDER_INVALID',
    ],
    ['no data files', write('state.json', {}), 'DATASET_FOLDER_INVALID'],
    ['a data file that is gone', write('state.json', { _data_files: [{ filename: 'gone.arrow' }] }), 'FILES_NOT_FOUND'],
    ['a state that is no JSON', (path) => writeFileSync(join(path, 'state.json'), '{'), 'FILES_JSON_INVALID'],
    [
      'a type we do not read',
      write('dataset_info.json', { features: { a: { _type: 'Image' } } }),
      'DATASET_FEATURES_INVALID',
    ],
    ['no info', (path) => rmSync(join(path, 'dataset_info.json')), 'DATASET_FOLDER_INVALID'],
  ])('%s', async (name, change, code) => {
    await expect(rowsOf(broken(name.replaceAll(' ', '-'), change))).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('a dictionary where one split is wanted: the error names the splits', async () => {
    await expect(readDataset(python('dictionary'))).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_FOLDER_INVALID', why: expect.stringContaining('train, test') }),
    );
  });
});
