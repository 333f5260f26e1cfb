import { textOf } from '../label-rules.js';
import { joinedList, joinedStatements, joinedTriples, replaced } from '../rewrites.js';
import { isStruct, type Row } from '../row.js';
import { flatten, keep, remove, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hasAnswer, hub } from './define.js';
import { provenance } from './provenance.js';

const texts = (column: string) => (row: Row) => {
  const struct = row[column];
  return isStruct(struct) ? struct.text : undefined;
};

/** Sentences from concepts, triples and slots. */
export const STRUCT_TO_TEXT_TASKS = defineTasks(
  { cluster: 'struct_to_text_nlg', category: 'nlg' },
  {
    common_gen: {
      source: hub('allenai/common_gen'),
      provenance: provenance('common_gen'),
      splits: { train: 'train', test: 'validation' },
      columns: { concept_set_idx: 'integer', concepts: ['text'], target: 'text' },
      normalise: [rename({ target: 'label' })],
      prompt: { options: null, label: textOf('label'), rewrites: { concepts: joinedList } },
      templateKey: 'common_gen',
      metric: 'rouge',
      evaluated: true,
      quirks: ['Q16'],
    },
    dart: {
      source: hub('dart'),
      provenance: provenance('dart'),
      columns: {
        tripleset: [['text']],
        subtree_was_extended: 'boolean',
        annotations: { source: ['text'], text: ['text'] },
      },
      filter: hasAnswer(texts('annotations')),
      normalise: [
        flatten(),
        rename({ 'annotations.text': 'label' }),
        remove('subtree_was_extended', 'annotations.source'),
        takeFirst('label'),
      ],
      prompt: { options: null, label: textOf('label'), rewrites: { tripleset: joinedTriples } },
      templateKey: 'dart',
      metric: 'rouge',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q21'],
    },
    e2e_nlg: {
      source: hub('e2e_nlg'),
      provenance: provenance('e2e_nlg'),
      columns: { meaning_representation: 'text', human_reference: 'text' },
      normalise: [rename({ human_reference: 'label' })],
      prompt: {
        options: null,
        label: textOf('label'),
        rewrites: { meaning_representation: replaced(['[', ' = '], [']', '']) },
      },
      templateKey: 'e2e_nlg',
    },
    web_nlg: {
      source: hub('web_nlg', 'release_v1', { wholeSplit: true }),
      provenance: provenance('web_nlg'),
      splits: { train: 'train', test: 'test', stored: { train: 'full', validation: 'full', test: 'full' } },
      columns: {
        category: 'text',
        size: 'integer',
        eid: 'text',
        original_triple_sets: { otriple_set: [['text']] },
        modified_triple_sets: { mtriple_set: [['text']] },
        shape: 'text',
        shape_type: 'text',
        lex: { comment: ['text'], lid: ['text'], text: ['text'], lang: ['text'] },
        test_category: 'text',
        dbpedia_links: ['text'],
        links: ['text'],
      },
      filter: hasAnswer(texts('lex')),
      normalise: [
        flatten(),
        rename({ 'lex.text': 'label', 'original_triple_sets.otriple_set': 'input_string' }),
        keep('input_string', 'label'),
        takeFirst('label'),
      ],
      prompt: { options: null, label: textOf('label'), rewrites: { input_string: joinedStatements } },
      templateKey: 'web_nlg',
      quirks: ['Q19', 'Q21'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
