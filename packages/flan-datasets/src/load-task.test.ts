import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import { findTask } from './find-task.js';
import { writeDataset, writeDatasetDict } from './io/dataset-folder.js';
import { readRows } from './io/rows.js';
import { type LoadTaskOptions, loadTask, locateSplit } from './load-task.js';
import type { Row } from './row.js';
import { defineTask } from './task-file/define-task.js';
import { viewRow } from './view-row.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-load-'));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (task: string, options: LoadTaskOptions): Promise<Row[]> => collect(loadTask(task, options));
const PROMPT = { options: null, label: () => 'x' };
const RAW = { translation: { de: 'Der Hund.', en: 'The dog.' } };
const NORMALISED = { lang1: 'German', lang2: 'English', sent1: 'Der Hund.', sent2: 'The dog.', label: '' };
const text = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const put = (path: string, rows: readonly Row[]): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text(rows));
};

describe('where a task is found', () => {
  it.each(['a/wmt16/de-en/train.jsonl', 'b/wmt16_de-en/train.jsonl', 'c/train.jsonl'])('%s', async (path) => {
    put(path, [RAW]);
    expect(await load('wmt16/de-en', { split: 'train', source: join(folder, path[0]!) })).toEqual([NORMALISED]);
  });

  it('a file, a dataset folder, and a dictionary of splits', async () => {
    put('single.jsonl', [RAW]);
    await writeDataset(join(folder, 'single'), [RAW]);
    await writeDatasetDict(join(folder, 'several'), { train: [RAW], test: [RAW, RAW] });
    for (const source of ['single.jsonl', 'single', 'several']) {
      expect(await load('wmt16/de-en', { split: 'train', source: join(folder, source) })).toEqual([NORMALISED]);
    }
    expect(await load('wmt16/de-en', { split: 'test', source: join(folder, 'several') })).toHaveLength(2);
  });

  it('the place of a manual download', async () => {
    const columns = ['InputStoryid', 'InputSentence1', 'InputSentence2', 'InputSentence3', 'InputSentence4'];
    const header = [...columns, 'RandomFifthSentenceQuiz1', 'RandomFifthSentenceQuiz2', 'AnswerRightEnding'];
    mkdirSync(join(folder, 'manual/story_cloze'), { recursive: true });
    const lines = [header, ['id', 'A.', 'B.', 'C.', 'D.', 'Yes.', 'No.', '2']].map((cells) => `${cells.join('\t')}\n`);
    writeFileSync(join(folder, 'manual/story_cloze/cloze_test_spring2016.tsv'), lines.join(''));
    const manualFolder = join(folder, 'manual');
    const [row] = await load('story_cloze', { split: 'test', source: manualFolder });
    const file = join(manualFolder, 'story_cloze/cloze_test_spring2016.tsv');
    for (const where of [{ source: manualFolder }, { source: 'hub', manualFolder }])
      expect(await locateSplit(findTask('story_cloze'), { split: 'test', ...where })).toBe(file);
    for (const source of [manualFolder, 'hub', join(folder, 'nowhere')])
      expect(await locateSplit(findTask('rte'), { split: 'train', source, manualFolder })).toBeUndefined();
    expect(viewRow(findTask('story_cloze'), row!)).toMatchObject({
      fields: [
        { name: 'context', text: 'A. B. C. D.' },
        { name: 'options', text: 'Yes.; No.' },
      ],
      label: 'No.',
    });
  });

  it('the embedded rows when no source is given', async () => {
    const rows = await load('sst2', { split: 'train', limit: 3 });
    expect(rows).toHaveLength(3);
    expect(Object.keys(rows[0]!)).toEqual(['idx', 'sentence', 'label', 'options']);
  });

  it('a split of another name where the task has one only', async () => {
    expect(await load('wsc273', { split: 'train', limit: 1 })).toEqual(
      await load('wsc273', { split: 'test', limit: 1 }),
    );
  });

  it('or an error that asks for a source where no rows are embedded', async () => {
    await expect(load('snli', { split: 'train' })).rejects.toThrow(
      expect.objectContaining({
        ...{ code: 'DATASET_SPLIT_MISSING', what: 'There is no split train of snli among the embedded rows.' },
        fix: 'Name a source: a folder, a file, or `hub`.',
      }),
    );
  });

  it('or where a task of the user has its file, packed or not, or an error that names the file', async () => {
    const own = (source: string) =>
      defineTask('own', { columns: { a: 'text' }, prompt: PROMPT, source: { kind: 'manual', file: source } });
    put('own/rows/train.jsonl', [{ a: 'x' }]);
    writeFileSync(join(folder, 'own/rows/train.gz'), gzipSync(text([{ a: 'y' }])));
    const options = { split: 'train', source: join(folder, 'own') };
    expect(await collect(loadTask(own('rows/{split}.jsonl'), options))).toEqual([{ a: 'x' }]);
    expect(await collect(loadTask(own('rows/{split}.gz'), options))).toEqual([{ a: 'y' }]);
    await expect(collect(loadTask(own('rows/{split}.csv'), options))).rejects.toThrow(
      expect.objectContaining({
        code: 'DATASET_SPLIT_MISSING',
        why: expect.stringMatching(/, and for rows\/train\.csv\.$/),
      }),
    );
  });

  it('or an error that says where it looked', async () => {
    await expect(load('rte', { split: 'train', source: folder })).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_SPLIT_MISSING', what: `There is no split train of rte in ${folder}.` }),
    );
    await expect(load('rte', { split: '../rte/train' })).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_SPLIT_UNKNOWN' }),
    );
    await expect(load('rte', { split: 'train', source: join(folder, 'nowhere') })).rejects.toThrow(
      expect.objectContaining({ code: 'FILES_NOT_FOUND' }),
    );
  });
});

describe('loading', () => {
  it('gives published rows unchanged when asked to', async () => {
    put('raw.jsonl', [RAW]);
    expect(await load('wmt16/de-en', { split: 'train', source: join(folder, 'raw.jsonl'), raw: true })).toEqual([RAW]);
  });

  it('counts the limit in rows that are kept', async () => {
    const row = { premise: 'P', hypothesis: 'H' };
    put('snli.jsonl', [
      { ...row, label: -1 },
      { ...row, label: 0 },
      { ...row, label: -1 },
      { ...row, label: 1 },
      { ...row, label: 2 },
    ]);
    const rows = await load('snli', { split: 'train', source: join(folder, 'snli.jsonl'), limit: 2 });
    expect(rows.map(({ label }) => label)).toEqual([0, 1]);
  });

  it('names the row that is wrong', async () => {
    put('wrong.jsonl', [RAW, { translation: 'x' }]);
    await expect(load('wmt16/de-en', { split: 'train', source: join(folder, 'wrong.jsonl') })).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_VALUE_INVALID', what: expect.stringContaining('In row 2 of ') }),
    );
    put('columns.jsonl', [{ de: 'x' }]);
    await expect(load('wmt16/de-en', { split: 'train', source: join(folder, 'columns.jsonl') })).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_COLUMN_MISSING' }),
    );
  });

  it('reads the 100,000 first rows only in compat mode', async () => {
    writeFileSync(join(folder, 'long.jsonl'), '{}\n'.repeat(100_010));
    const count = async (compat: boolean): Promise<number> => {
      const source = join(folder, 'long.jsonl');
      let rows = 0;
      for await (const _ of loadTask('wmt16/de-en', { split: 'train', source, compat, raw: true })) rows += 1;
      return rows;
    };
    expect([await count(true), await count(false)]).toEqual([100_000, 100_010]);
  });

  it('stops when told to', async () => {
    const rows = loadTask('sst2', { split: 'train', signal: AbortSignal.abort() });
    await expect(rows.next()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

const shared = join(process.env.FLANLAB_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'data');

describe.runIf(existsSync(shared))('the shared rows of public data sets', () => {
  interface SharedTask {
    readonly task: string;
    readonly splits: Readonly<Record<string, { readonly file: string; readonly rows: number }>>;
  }
  const path = join(shared, 'manifest.json');
  const tasks: readonly SharedTask[] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).tasks : [];
  const ALIASES: Readonly<Record<string, string>> = {
    trivia_qa: 'trivia_qa_full',
    'wmt16_cs-en': 'wmt16/cs-en',
    yelp_polarity: 'yelp_polarity_reviews',
  };
  const files = tasks.flatMap(({ task, splits }) => Object.values(splits).map((split) => ({ task, ...split })));

  it.each(files)('$file has its $rows rows', async ({ file, rows }) => {
    let count = 0;
    for await (const _ of readRows(join(shared, file))) count += 1;
    expect(count).toBe(rows);
  });

  // `openbookqa_main` lacks the fact that the task's own configuration has.
  it.each(files.filter(({ task }) => task !== 'openbookqa_main'))('$file normalises', async ({ task, file, rows }) => {
    const options = { split: 'train', source: join(shared, file) };
    const compat = await load(ALIASES[task] ?? task, { ...options, compat: true });
    const clean = await load(ALIASES[task] ?? task, options);
    expect(compat.length).toBeGreaterThan(0);
    expect(compat.length).toBeLessThanOrEqual(rows);
    expect(clean.length).toBeLessThanOrEqual(compat.length);
  });
});
