import { letterKey, textOf } from '../label-rules.js';
import { storedOptions } from '../options-rules.js';
import { flatten, keep, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub, joinInCompat, type TaskEntry } from './define.js';
import { provenance } from './provenance.js';

const arc = (config: string) =>
  ({
    source: hub('allenai/ai2_arc', config),
    provenance: provenance('arc'),
    columns: { id: 'text', question: 'text', choices: { text: ['text'], label: ['text'] }, answerKey: 'text' },
    normalise: [
      flatten(),
      rename({ answerKey: 'label', 'choices.text': 'options' }),
      keep('question', 'label', 'options'),
      joinInCompat('options'),
    ],
    prompt: { options: storedOptions(), label: letterKey('label'), letterChoices: true },
    templateKey: 'arc',
    quirks: ['Q17'],
  }) as const satisfies TaskEntry;

const triviaQa = (config: string) =>
  ({
    source: hub('mandarjoshi/trivia_qa', config),
    provenance: provenance('trivia_qa'),
    splits: { train: 'train', test: 'validation' },
    columns: {
      question: 'text',
      question_id: 'text',
      question_source: 'text',
      entity_pages: { doc_source: ['text'], filename: ['text'], title: ['text'], wiki_context: ['text'] },
      search_results: {
        description: ['text'],
        filename: ['text'],
        rank: ['integer'],
        title: ['text'],
        url: ['text'],
        search_context: ['text'],
      },
      answer: {
        aliases: ['text'],
        normalized_aliases: ['text'],
        matched_wiki_entity_name: 'text',
        normalized_matched_wiki_entity_name: 'text',
        normalized_value: 'text',
        type: 'text',
        value: 'text',
      },
    },
    normalise: [
      flatten(),
      rename({ 'answer.normalized_value': 'label' }),
      keep('question', 'label'),
      takeFirst('label'),
    ],
    prompt: { options: null, label: textOf('label') },
    templateKey: 'trivia_qa',
    metric: 'trivia_qa',
    evaluated: true,
    alwaysHeldOut: true,
    quirks: ['Q61', 'Q64'],
  }) as const satisfies TaskEntry;

/** Questions answered from memory. */
export const CLOSED_BOOK_QA_TASKS = defineTasks(
  { cluster: 'closed_book_qa', category: 'nlu' },
  {
    arc: arc('ARC-Challenge'),
    arc_easy: arc('ARC-Easy'),
    trivia_qa_full: triviaQa('rc.nocontext'),
    trivia_qa_wiki: triviaQa('rc.wikipedia.nocontext'),
  },
) satisfies Readonly<Record<string, TaskSpec>>;
