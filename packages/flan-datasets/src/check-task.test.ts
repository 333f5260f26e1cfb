import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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

describe('a task downloaded by hand as one file', () => {
  const STORY =
    'InputStoryid\tInputSentence1\tInputSentence2\tInputSentence3\tInputSentence4\tRandomFifthSentenceQuiz1\tRandomFifthSentenceQuiz2\tAnswerRightEnding\nx\tA.\tB.\tC.\tD.\tE.\tF.\t1\n';
  const OPINION = [{ _debate_id: 'd', _claim: 'c', _argument_sentences: { a: 'b' }, _movie_id: 'm' }];
  const MOVIES = [{ _movie_id: 'm', _movie_name: 'n', _critic_consensus: 'c', _critics: { a: 'b' } }];
  const at = (name: string, content: string): string => {
    const path = join(folder, 'manual', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return join(folder, 'manual');
  };
  const shared = (name: string) => `Training and test rows are the same: one file, ${join(folder, 'manual', name)}.`;

  it.each([
    ['story_cloze', 'story_cloze/cloze_test_spring2016.tsv', STORY],
    ['opin_idebate', 'opinion_abstracts/idebate.json', JSON.stringify(OPINION)],
    ['opin_movie', 'opinion_abstracts/rottentomatoes.json', JSON.stringify(MOVIES)],
  ])('%s warns that training and test rows are the same, whatever split is read', async (task, file, content) => {
    const source = at(file, content);
    for (const split of ['train', 'test']) {
      expect((await checkTask(task, { split, source })).warnings).toContain(shared(file));
      expect((await checkTask(task, { split, source: join(source, file) })).warnings).toContain(shared(file));
    }
  });

  it('does not warn where each split has a file of its own', async () => {
    const row = `${JSON.stringify({ summary: 's', text: 't' })}\n`;
    const source = at('newsroom-release/release/train.jsonl', row);
    at('newsroom-release/release/test.jsonl', row);
    for (const from of [source, join(source, 'newsroom-release/release/train.jsonl')])
      expect((await checkTask('newsroom', { split: 'train', source: from })).warnings.join()).not.toContain('one file');
    at('opin_movie/train.jsonl', `${JSON.stringify(MOVIES[0])}\n`);
    at('opin_movie/test.jsonl', `${JSON.stringify(MOVIES[0])}\n`);
    expect((await checkTask('opin_movie', { split: 'train', source })).warnings.join()).not.toContain('one file');
  });
});
