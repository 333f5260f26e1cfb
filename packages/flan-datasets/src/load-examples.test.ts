import { describe, expect, expectTypeOf, it } from 'vitest';
import reference from '../fixtures/reference-rows.json' with { type: 'json' };
import { collect } from './collect.js';
import { TASKS, type TaskExample, type TaskName } from './data/tasks.js';
import type { Example } from './example-types.js';
import { findTask, TASK_NAMES } from './find-task.js';
import { exampleMaker, loadExamples } from './load-examples.js';
import { normaliseRow } from './normalise.js';
import type { Row } from './row.js';
import type { TaskSpec } from './task-spec.js';

type InputName<Name extends TaskName> =
  TaskExample<Name> extends { readonly inputs: infer Inputs } ? keyof Inputs : never;

/** The inputs that the type of each task names, and whether it has options: neither more nor fewer compile. */
const SHAPES: {
  readonly [Name in TaskName]: {
    readonly inputs: Readonly<Record<InputName<Name>, 'text'>>;
    readonly options: 'options' extends keyof TaskExample<Name> ? true : false;
  };
} = {
  anli_r1: { inputs: { context: 'text', hypothesis: 'text' }, options: true },
  anli_r2: { inputs: { context: 'text', hypothesis: 'text' }, options: true },
  anli_r3: { inputs: { context: 'text', hypothesis: 'text' }, options: true },
  rte: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  snli: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  cb: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  mnli: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  wnli: { inputs: { sentence1: 'text', sentence2: 'text' }, options: true },
  qnli: { inputs: { question: 'text', sentence: 'text' }, options: true },
  copa: { inputs: { premise: 'text', question: 'text' }, options: true },
  hellaswag: { inputs: { context: 'text' }, options: true },
  piqa: { inputs: { goal: 'text' }, options: true },
  story_cloze: { inputs: { context: 'text' }, options: true },
  imdb_reviews: { inputs: { text: 'text' }, options: true },
  sentiment140: { inputs: { text: 'text' }, options: true },
  sst2: { inputs: { sentence: 'text' }, options: true },
  yelp_polarity_reviews: { inputs: { text: 'text' }, options: true },
  mrpc: { inputs: { sentence1: 'text', sentence2: 'text' }, options: true },
  qqp: { inputs: { question1: 'text', question2: 'text' }, options: true },
  paws_wiki: { inputs: { sentence1: 'text', sentence2: 'text' }, options: true },
  stsb: { inputs: { sentence1: 'text', sentence2: 'text' }, options: true },
  arc: { inputs: { question: 'text' }, options: true },
  arc_easy: { inputs: { question: 'text' }, options: true },
  trivia_qa_full: { inputs: { question: 'text' }, options: false },
  trivia_qa_wiki: { inputs: { question: 'text' }, options: false },
  bool_q: { inputs: { question: 'text', text: 'text' }, options: true },
  drop: { inputs: { context: 'text', question: 'text' }, options: false },
  multirc: { inputs: { paragraph: 'text', question: 'text', response: 'text' }, options: true },
  openbookqa: { inputs: { question_stem: 'text', fact: 'text' }, options: true },
  squad: { inputs: { title: 'text', context: 'text', question: 'text' }, options: false },
  squad_v2: { inputs: { title: 'text', context: 'text', question: 'text' }, options: false },
  cosmos_qa: { inputs: { context: 'text', question: 'text' }, options: true },
  record: { inputs: { passage: 'text', query: 'text' }, options: true },
  dpr_raw: { inputs: { sentence: 'text', pronoun: 'text' }, options: true },
  winogrande: { inputs: { context: 'text' }, options: true },
  wsc273: { inputs: { context: 'text' }, options: true },
  coqa: { inputs: { text: 'text', numbered_questions: 'text' }, options: false },
  quac: { inputs: { background: 'text', section_title: 'text', context: 'text', question: 'text' }, options: false },
  trec: { inputs: { text: 'text' }, options: true },
  cola: { inputs: { sentence: 'text' }, options: true },
  wic: { inputs: { word: 'text', sentence1: 'text', sentence2: 'text' }, options: true },
  math_dataset: { inputs: { question: 'text' }, options: false },
  fix_punct: { inputs: { no_punct: 'text' }, options: false },
  common_gen: { inputs: { concepts: 'text' }, options: false },
  dart: { inputs: { tripleset: 'text' }, options: false },
  e2e_nlg: { inputs: { meaning_representation: 'text' }, options: false },
  web_nlg: { inputs: { input_string: 'text' }, options: false },
  'para_crawl/ende': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'para_crawl/enes': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'para_crawl/enfr': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/cs-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/de-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/fi-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/ro-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/ru-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  'wmt16/tr-en': { inputs: { lang1: 'text', lang2: 'text', sent1: 'text' }, options: false },
  aeslc: { inputs: { email_body: 'text' }, options: false },
  ag_news: { inputs: { title: 'text', text: 'text' }, options: true },
  cnn_dailymail: { inputs: { article: 'text' }, options: false },
  gigaword: { inputs: { document: 'text' }, options: false },
  newsroom: { inputs: { title: 'text', text: 'text' }, options: false },
  samsum: { inputs: { dialogue: 'text' }, options: false },
  xsum: { inputs: { text: 'text' }, options: false },
  opin_idebate: { inputs: { argument_sentences: 'text', debate_name: 'text' }, options: false },
  opin_movie: { inputs: { movie: 'text', numbered_reviews: 'text', first_review: 'text' }, options: false },
  mnli_matched: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  mnli_mismatched: { inputs: { premise: 'text', hypothesis: 'text' }, options: true },
  figure_of_speech_detection: { inputs: { text: 'text' }, options: true },
  logical_deduction: { inputs: { text: 'text' }, options: true },
  social_iqa: { inputs: { text: 'text' }, options: true },
  strange_stories: { inputs: { text: 'text' }, options: true },
  causal_judgment: { inputs: { text: 'text' }, options: true },
  'tracking_shuffled_objects/three': { inputs: { text: 'text' }, options: true },
  'tracking_shuffled_objects/five': { inputs: { text: 'text' }, options: true },
  'tracking_shuffled_objects/seven': { inputs: { text: 'text' }, options: true },
  gsm8k: { inputs: { text: 'text' }, options: true },
  social_iqa_translated: { inputs: { text: 'text' }, options: true },
};

describe('an example', () => {
  it.each(TASK_NAMES)('of %s has what its type names', (name) => {
    const raw: Row = reference[name].raw;
    const example = exampleMaker(TASKS[name])(normaliseRow(TASKS[name], raw, { compat: false })!);
    expect(Object.keys(example.inputs).sort()).toEqual(Object.keys(SHAPES[name].inputs).sort());
    expect('options' in example).toBe(SHAPES[name].options);
    if (example.options) expect(example.options).toContain(example.label);
  });

  it('is streamed from the embedded rows', async () => {
    expect(await collect(loadExamples('rte', { split: 'train', limit: 2 }))).toEqual([
      {
        inputs: { premise: expect.any(String), hypothesis: expect.any(String) },
        options: ['yes', 'no'],
        label: expect.stringMatching(/^(yes|no)$/),
      },
      expect.anything(),
    ]);
  });

  it('says so where a label is withheld', async () => {
    await expect(collect(loadExamples('rte', { split: 'test' }))).rejects.toThrow(
      expect.objectContaining({ code: 'DATASET_VALUE_INVALID' }),
    );
  });

  it('is typed by the task', () => {
    const options = { split: 'train' } as const;
    expectTypeOf<TaskExample<'rte'>>().toEqualTypeOf<{
      readonly inputs: { readonly premise: string; readonly hypothesis: string };
      readonly options: readonly ('yes' | 'no')[];
      readonly label: 'yes' | 'no';
    }>();
    expectTypeOf<TaskExample<'samsum'>>().toEqualTypeOf<{
      readonly inputs: { readonly dialogue: string };
      readonly label: string | number;
    }>();
    expectTypeOf<TaskExample<'hellaswag'>['options']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf(loadExamples('rte', options)).toEqualTypeOf<AsyncGenerator<TaskExample<'rte'>>>();
    expectTypeOf(loadExamples(findTask('copa'), options)).toEqualTypeOf<AsyncGenerator<TaskExample<'copa'>>>();
    expectTypeOf(loadExamples('rte' as string, options)).toEqualTypeOf<AsyncGenerator<Example>>();
    expectTypeOf(loadExamples(TASKS.rte as TaskSpec, options)).toEqualTypeOf<AsyncGenerator<Example>>();
  });
});
