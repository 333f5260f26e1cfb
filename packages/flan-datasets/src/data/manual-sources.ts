import type { ManualSource } from '../sources/source-spec.js';

const OPINIONS = {
  page: 'https://web.eecs.umich.edu/~wangluxy/data.html',
  how: 'Download the archive "Opinion Abstracts" and unpack it.',
} as const;

const paraCrawl = (language: string): ManualSource => ({
  page: 'https://paracrawl.eu/releases.html',
  how: `Download release 4, English and ${language}, as text: https://s3.amazonaws.com/web-language-models/paracrawl/release4/en-${language}.bicleaner07.txt.gz (large; it is read without unpacking it).`,
  files: [`paracrawl/en-${language}.bicleaner07.txt.gz`, `paracrawl/en-${language}.bicleaner07.txt`],
  format: { kind: 'pairs', languages: ['en', language] },
});

/**
 * What has to be downloaded by hand, by task: its owner gives it out only so, or the hub has it as a loading script alone. `files`
 * are names below the folder of manual downloads, the first that is there is taken; `{split}` stands for the split.
 */
export const MANUAL_SOURCES = {
  newsroom: {
    page: 'https://lil.nlp.cornell.edu/newsroom/download/index.html',
    how: 'Accept the terms, download newsroom-release.tar and unpack it.',
    files: [
      'newsroom-release/release/{split}.jsonl/{split}-stats.jsonl',
      'newsroom-release/release/{split}-stats.jsonl',
      'newsroom-release/release/{split}.jsonl',
      'newsroom-release/release/{split}.jsonl.gz',
      'newsroom-release/release/{split}-stats.jsonl.gz',
    ],
    splits: { validation: 'dev' },
  },
  story_cloze: {
    page: 'https://cs.rochester.edu/nlp/rocstories/',
    how: 'Ask for the Story Cloze Test of spring 2016 with the form there; the link comes by mail.',
    files: [
      'story_cloze/cloze_test_spring2016.tsv',
      'story_cloze/cloze_test_{split}__spring2016 - cloze_test_ALL_{split}.csv',
    ],
    splits: { train: 'val', validation: 'val' },
  },
  opin_idebate: { ...OPINIONS, files: ['opinion_abstracts/idebate.json'] },
  opin_movie: { ...OPINIONS, files: ['opinion_abstracts/rottentomatoes.json'] },
  'para_crawl/ende': paraCrawl('de'),
  'para_crawl/enes': paraCrawl('es'),
  'para_crawl/enfr': paraCrawl('fr'),
} as const satisfies Readonly<Record<string, ManualSource>>;
