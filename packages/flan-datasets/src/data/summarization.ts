import { optionAt, textOf } from '../label-rules.js';
import { fixedOptions } from '../options-rules.js';
import { isStruct, type Row } from '../row.js';
import { add, compute, invalidValue, keep, numbered, rename, textIn } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub } from './define.js';
import { provenance } from './provenance.js';

/** The answer is the field that the template's target names; it is not shown. */
const summaryOf = <Field extends string>(field: Field) => ({
  options: null,
  label: textOf(field),
  target: { fallback: field },
});

/** The same, but the reference prints the answer among the inputs (Q24). */
const leaking = <Field extends string>(field: Field) =>
  ({
    prompt: { ...summaryOf(field), target: { fallback: field, leaks: true } },
    clean: { target: { fallback: field } },
  }) as const;

function valuesIn(row: Row, column: string): readonly string[] {
  const value = row[column];
  if (isStruct(value)) return Object.values(value).map(String);
  throw invalidValue(column, value, 'an object of texts');
}

/** Spaces before commas, full stops and semicolons come from the tokenisation of the source. */
const tightened = (text: string): string => text.replaceAll(' ,', ',').replaceAll(' .', '.').replaceAll(' ;', ';');

/** Summaries, headlines, subjects and topics. */
export const SUMMARIZATION_TASKS = defineTasks(
  { cluster: 'summarization_nlg', category: 'nlg', evaluated: true, normalise: [add({ label: '' })], metric: 'rouge' },
  {
    aeslc: {
      source: hub('aeslc'),
      provenance: provenance('aeslc'),
      columns: { email_body: 'text', subject_line: 'text' },
      prompt: summaryOf('subject_line'),
      templateKey: 'aeslc',
      quirks: ['Q64'],
    },
    ag_news: {
      source: hub('sh0416/ag_news'),
      provenance: provenance('ag_news'),
      columns: { title: 'text', description: 'text', label: 'integer' },
      normalise: [rename({ description: 'text' }), add({ options: '' })],
      prompt: {
        options: fixedOptions('World', 'Sports', 'Business', 'Sci/Tech'),
        label: optionAt('label', { first: 1 }),
      },
      templateKey: 'ag_news',
      metric: 'accuracy',
    },
    cnn_dailymail: {
      source: hub('cnn_dailymail', '3.0.0'),
      provenance: provenance('cnn_dailymail'),
      columns: { article: 'text', highlights: 'text', id: 'text' },
      prompt: summaryOf('highlights'),
      templateKey: 'cnn_dailymail',
      quirks: ['Q64'],
    },
    gigaword: {
      source: hub('gigaword'),
      provenance: provenance('gigaword'),
      columns: { document: 'text', summary: 'text' },
      prompt: summaryOf('summary'),
      templateKey: 'gigaword',
    },
    newsroom: {
      cluster: null,
      source: { kind: 'manual', file: 'newsroom-release/release/{split}.jsonl/{split}-stats.jsonl' },
      provenance: provenance('newsroom'),
      columns: { title: 'text', text: 'text', summary: 'text' },
      normalise: [keep('title', 'text', 'summary'), add({ label: '' })],
      ...leaking('summary'),
      templateKey: 'newsroom',
      quirks: ['Q24', 'Q34', 'Q64'],
    },
    samsum: {
      source: hub('samsum'),
      provenance: provenance('samsum'),
      columns: { id: 'text', dialogue: 'text', summary: 'text' },
      prompt: summaryOf('summary'),
      templateKey: 'samsum',
      alwaysHeldOut: true,
      quirks: ['Q64'],
    },
    xsum: {
      source: hub('knkarthick/xsum'),
      provenance: provenance('xsum'),
      columns: { id: 'text', dialogue: 'text', summary: 'text' },
      normalise: [rename({ dialogue: 'text' }), add({ label: '' })],
      prompt: summaryOf('summary'),
      templateKey: 'xsum',
      quirks: ['Q64'],
    },
    opin_idebate: {
      source: { kind: 'manual', file: 'opinion_abstracts/idebate.json', wholeSplit: true },
      provenance: provenance('opinion_abstracts'),
      columns: { _claim: 'text', _argument_sentences: 'object', _debate_name: 'text' },
      normalise: [
        compute({
          claim: (row) => textIn(row, '_claim'),
          argument_sentences: (row) => valuesIn(row, '_argument_sentences').map(tightened).join(' '),
          debate_name: (row) => textIn(row, '_debate_name'),
        }),
        keep('claim', 'argument_sentences', 'debate_name'),
        add({ label: '' }),
      ],
      ...leaking('claim'),
      metric: 'simple_accuracy',
      templateKey: 'opin_idebate',
      quirks: ['Q13', 'Q24', 'Q60', 'Q64'],
    },
    opin_movie: {
      source: { kind: 'manual', file: 'opinion_abstracts/rottentomatoes.json', wholeSplit: true },
      provenance: provenance('opinion_abstracts'),
      columns: { _movie_name: 'text', _critics: 'object', _critic_consensus: 'text' },
      normalise: [
        compute({
          movie: (row) => textIn(row, '_movie_name'),
          numbered_reviews: (row) => numbered(valuesIn(row, '_critics'), 0, ')'),
          critic_consensus: (row) => textIn(row, '_critic_consensus'),
          first_review: (row) => valuesIn(row, '_critics')[0] ?? '',
        }),
        keep('movie', 'numbered_reviews', 'critic_consensus', 'first_review'),
        add({ label: '' }),
      ],
      ...leaking('critic_consensus'),
      metric: 'simple_accuracy',
      templateKey: 'opin_movie',
      quirks: ['Q13', 'Q24', 'Q60', 'Q64'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
