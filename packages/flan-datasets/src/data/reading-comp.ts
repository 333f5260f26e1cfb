import { firstAnswer, letterKey, optionAt, textOf } from '../label-rules.js';
import { fixedOptions, storedOptions } from '../options-rules.js';
import { quotedOnce } from '../rewrites.js';
import { isStruct, type Row } from '../row.js';
import { add, flatten, keep, remove, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hasAnswer, hub, joinInCompat } from './define.js';
import { provenance } from './provenance.js';

const inStruct = (column: string, field: string) => (row: Row) => {
  const struct = row[column];
  return isStruct(struct) ? struct[field] : undefined;
};

/** Questions about a passage. */
export const READING_COMP_TASKS = defineTasks(
  { cluster: 'reading_comp', category: 'nlu' },
  {
    bool_q: {
      source: hub('google/boolq'),
      provenance: provenance('boolq'),
      splits: { train: 'train', test: 'validation' },
      columns: { question: 'text', answer: 'boolean', passage: 'text' },
      normalise: [rename({ passage: 'text', answer: 'label' }), add({ options: '' })],
      prompt: { options: fixedOptions('True', 'False'), label: textOf('label') },
      templateKey: 'bool_q',
      metric: 'accuracy',
      evaluated: true,
      quirks: ['Q68'],
    },
    drop: {
      source: hub('ucinlp/drop'),
      provenance: provenance('drop'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: {
        section_id: 'text',
        query_id: 'text',
        passage: 'text',
        question: 'text',
        answers_spans: { spans: ['text'], types: ['text'] },
      },
      filter: hasAnswer(inStruct('answers_spans', 'spans')),
      normalise: [
        flatten(),
        rename({ passage: 'context', 'answers_spans.spans': 'label' }),
        remove('section_id', 'query_id', 'answers_spans.types'),
        takeFirst('label'),
      ],
      prompt: { options: null, label: textOf('label') },
      templateKey: 'drop',
      quirks: ['Q18'],
    },
    multirc: {
      source: hub('super_glue', 'multirc'),
      provenance: provenance('multirc', 'super_glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: {
        paragraph: 'text',
        question: 'text',
        answer: 'text',
        idx: { paragraph: 'integer', question: 'integer', answer: 'integer' },
        label: 'integer',
      },
      normalise: [rename({ answer: 'response' }), add({ options: '' })],
      prompt: { options: fixedOptions('no', 'yes'), label: optionAt('label') },
      templateKey: 'multirc',
      metric: 'multirc',
      quirks: ['Q69'],
    },
    openbookqa: {
      source: hub('allenai/openbookqa', 'additional'),
      provenance: provenance('openbookqa'),
      columns: {
        id: 'text',
        question_stem: 'text',
        choices: { text: ['text'], label: ['text'] },
        answerKey: 'text',
        fact1: 'text',
        humanScore: 'number',
        clarity: 'number',
        turkIdAnonymized: 'text',
      },
      normalise: [
        flatten(),
        rename({ fact1: 'fact', answerKey: 'label', 'choices.text': 'options' }),
        keep('question_stem', 'fact', 'options', 'label'),
        joinInCompat('options'),
      ],
      prompt: {
        options: storedOptions(),
        label: letterKey('label'),
        rewrites: { question_stem: quotedOnce },
        letterChoices: true,
      },
      templateKey: 'openbookqa',
      quirks: ['Q17', 'Q28'],
    },
    squad: {
      source: hub('rajpurkar/squad'),
      provenance: provenance('squad'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        id: 'text',
        title: 'text',
        context: 'text',
        question: 'text',
        answers: { text: ['text'], answer_start: ['integer'] },
      },
      filter: hasAnswer(inStruct('answers', 'text')),
      normalise: [flatten(), rename({ 'answers.text': 'label' }), remove('answers.answer_start'), takeFirst('label')],
      prompt: { options: null, label: textOf('label') },
      templateKey: 'squad',
      metric: 'squad',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q61'],
    },
    squad_v2: {
      source: hub('rajpurkar/squad_v2'),
      provenance: provenance('squad_v2'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        id: 'text',
        title: 'text',
        context: 'text',
        question: 'text',
        answers: { text: ['text'], answer_start: ['integer'] },
      },
      normalise: [flatten(), rename({ 'answers.text': 'label' }), remove('answers.answer_start')],
      prompt: { options: null, label: firstAnswer('label', 'unanswerable') },
      templateKey: 'squad_v2',
      metric: 'squad',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q61'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
