import { letterKey, textOf } from '../label-rules.js';
import { storedOptions } from '../options-rules.js';
import { flatten, keep, mapColumn, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub, joinedInCompat, type TaskEntry } from './define.js';

const arc = (config: string): TaskEntry => ({
  source: hub('allenai/ai2_arc', config),
  columns: ['id', 'question', 'choices', 'answerKey'],
  normalise: [
    flatten(),
    rename({ answerKey: 'label', 'choices.text': 'options' }),
    keep('question', 'label', 'options'),
    mapColumn('options', joinedInCompat),
  ],
  prompt: { options: storedOptions(), label: letterKey('label'), letterChoices: true },
  templateKey: 'arc',
  quirks: ['Q17'],
});

const triviaQa = (config: string): TaskEntry => ({
  source: hub('mandarjoshi/trivia_qa', config),
  splits: { train: 'train', test: 'validation' },
  columns: ['question', 'question_id', 'question_source', 'entity_pages', 'search_results', 'answer'],
  normalise: [flatten(), rename({ 'answer.normalized_value': 'label' }), keep('question', 'label'), takeFirst('label')],
  prompt: { options: null, label: textOf('label') },
  templateKey: 'trivia_qa',
  metric: 'trivia_qa',
  evaluated: true,
  alwaysHeldOut: true,
  quirks: ['Q61', 'Q64'],
});

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
