import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { loadTask } from '../load-task.js';
import type { Row } from '../row.js';
import { readTextLines } from './gzip-lines.js';

const root = mkdtempSync(join(tmpdir(), 'flanlab-manual-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
let run = 0;
beforeEach(() => {
  run += 1;
  folder = join(root, String(run));
});

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const load = (task: string, split = 'train'): Promise<Row[]> => collect(loadTask(task, { split, source: folder }));

const STORY =
  'InputStoryid,InputSentence1,InputSentence2,InputSentence3,InputSentence4,RandomFifthSentenceQuiz1,RandomFifthSentenceQuiz2,AnswerRightEnding';
const NEWS = { title: 'Rain', text: 'It rained.', summary: 'Wet.', url: 'x' };
const NEWS_ROW = { title: 'Rain', text: 'It rained.', summary: 'Wet.', label: '' };

describe('files as their owners give them out', () => {
  const CASES: readonly (readonly [
    what: string,
    task: string,
    split: string,
    file: string,
    content: string | Uint8Array,
    row: Row,
  ])[] = [
    [
      'story_cloze as TSV',
      'story_cloze',
      'test',
      'story_cloze/cloze_test_spring2016.tsv',
      `${STORY.replaceAll(',', '\t')}\r\ns1\tA.\tB.\tC.\tD.\tE.\tF.\t2\r\n`,
      { InputSentence1: 'A.', InputSentence4: 'D.', RandomFifthSentenceQuiz2: 'F.', label: '2' },
    ],
    [
      'story_cloze as CSV',
      'story_cloze',
      'train',
      'story_cloze/cloze_test_val__spring2016 - cloze_test_ALL_val.csv',
      `${STORY}\ns1,"A, and ""a"".",B.,C.,D.,E.,F.,1\n`,
      { InputSentence1: 'A, and "a".', label: '1' },
    ],
    [
      'newsroom where the study has it',
      'newsroom',
      'test',
      'newsroom-release/release/test.jsonl/test-stats.jsonl',
      `${JSON.stringify(NEWS)}\n`,
      NEWS_ROW,
    ],
    [
      'newsroom packed, with its own name for the validation split',
      'newsroom',
      'validation',
      'newsroom-release/release/dev.jsonl.gz',
      gzipSync(`${JSON.stringify(NEWS)}\n`),
      NEWS_ROW,
    ],
    [
      'idebate',
      'opin_idebate',
      'train',
      'opinion_abstracts/idebate.json',
      JSON.stringify([
        { _claim: 'C', _argument_sentences: { 0: 'One .', 1: 'Two , three .' }, _debate_name: 'D', _id: 1 },
      ]),
      { claim: 'C', argument_sentences: 'One. Two, three.', debate_name: 'D', label: '' },
    ],
    [
      'rottentomatoes',
      'opin_movie',
      'train',
      'opinion_abstracts/rottentomatoes.json',
      JSON.stringify([{ _movie_name: 'M', _critics: { a: 'Good', b: 'Bad' }, _critic_consensus: 'Mixed' }]),
      { movie: 'M', critic_consensus: 'Mixed', first_review: 'Good' },
    ],
    [
      'rottentomatoes, critics in the order of the file whatever their numbers',
      'opin_movie',
      'train',
      'opinion_abstracts/rottentomatoes.json',
      '[{"_movie_name":"M","_critics":{"344":"Good","12":"Bad"},"_critic_consensus":"Mixed"}]',
      { movie: 'M', numbered_reviews: '0)Good 1)Bad', first_review: 'Good' },
    ],
    [
      'ParaCrawl, packed',
      'para_crawl/ende',
      'train',
      'paracrawl/en-de.bicleaner07.txt.gz',
      gzipSync('The dog.\tDer Hund.\n'),
      { lang1: 'German', lang2: 'English', sent1: 'Der Hund.', sent2: 'The dog.' },
    ],
  ];
  it.each(CASES)('%s', async (_what, task, split, file, content, row) => {
    put(file, content);
    expect(await load(task, split)).toMatchObject([row]);
  });

  it('says what to get where, and under which name to save it', async () => {
    put('other.txt', '');
    await expect(load('story_cloze')).rejects.toMatchObject({
      code: 'DATASET_MANUAL_MISSING',
      fix: expect.stringMatching(/Open https:.*rocstories.* Put it at .*story_cloze\/cloze_test_spring2016\.tsv\.$/),
    });
  });
});

describe('damaged and hostile files', () => {
  it.each([
    ['cut off', gzipSync(JSON.stringify(NEWS)).subarray(0, 30)],
    ['no gzip', Buffer.from('hello')],
    ['a bomb without a line break', gzipSync(Buffer.alloc(2 ** 24, 'a'))],
    ['a bomb of short lines', gzipSync(Buffer.alloc(2 ** 23, `{"a":"${'a'.repeat(500)}"}\n`))],
    ['no UTF-8', gzipSync(Buffer.from([0xff, 0xfe, 0x0a]))],
    ['no JSON', gzipSync('<html>\n')],
  ])('%s', async (_what, bytes) => {
    put('newsroom-release/release/train.jsonl.gz', bytes);
    const before = process.memoryUsage.rss();
    await expect(
      (async () => {
        for await (const _row of loadTask('newsroom', { split: 'train', source: folder, raw: true }));
      })(),
    ).rejects.toMatchObject({ code: 'DATASET_MANUAL_INVALID' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 29);
  });

  it('a pair with too few or too many texts', async () => {
    put('paracrawl/en-de.bicleaner07.txt', 'a\tb\nonly one\n');
    await expect(load('para_crawl/ende')).rejects.toMatchObject({
      code: 'DATASET_MANUAL_INVALID',
      what: expect.stringContaining('Line 2'),
    });
  });

  it('stops when asked to', async () => {
    const path = put('many.txt', 'line\n'.repeat(100_000));
    const stop = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const _line of readTextLines(path, stop.signal)) stop.abort();
    };
    await expect(reading()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
