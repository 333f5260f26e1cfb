import { continuedAnswer, optionAt } from '../label-rules.js';
import { continuedEntities, optionColumns } from '../options-rules.js';
import { carryFields, quoted } from '../rewrites.js';
import { add, remove, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hasAnswer, hub } from './define.js';
import { provenance } from './provenance.js';

const ANSWERS = ['answer0', 'answer1', 'answer2', 'answer3'] as const;

/** Reading comprehension that needs commonsense. */
export const READING_COMP_WITH_CS_TASKS = defineTasks(
  { cluster: 'reading_comp_with_cs', category: 'nlu' },
  {
    cosmos_qa: {
      source: hub('cosmos_qa', undefined, { wholeSplit: true }),
      provenance: provenance('cosmos_qa'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: {
        id: 'text',
        context: 'text',
        question: 'text',
        answer0: 'text',
        answer1: 'text',
        answer2: 'text',
        answer3: 'text',
        label: 'integer',
      },
      normalise: [add({ options: '' })],
      prompt: {
        hide: ANSWERS,
        options: optionColumns(ANSWERS, (text) => text.replaceAll(' .', '.')),
        label: optionAt('label'),
        rewrites: { question: quoted },
        carry: carryFields('question'),
      },
      templateKey: 'cosmos_qa',
      quirks: ['Q22', 'Q28'],
    },
    record: {
      source: hub('super_glue', 'record'),
      provenance: provenance('record', 'super_glue'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        passage: 'text',
        query: 'text',
        entities: ['text'],
        entity_spans: { text: ['text'], start: ['integer'], end: ['integer'] },
        answers: ['text'],
        idx: { passage: 'integer', query: 'integer' },
      },
      filter: hasAnswer(({ answers }) => answers),
      normalise: [rename({ answers: 'label', entities: 'options' }), remove('entity_spans'), takeFirst('label')],
      prompt: { options: continuedEntities(), label: continuedAnswer('label') },
      templateKey: 'record',
      metric: 'squad',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q15', 'Q26', 'Q61'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
