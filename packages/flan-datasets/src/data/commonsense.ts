import { optionAt } from '../label-rules.js';
import { endingOptions, optionColumns } from '../options-rules.js';
import { pythonText } from '../python-text.js';
import { carryJoined, carryOptions, joinedColumns } from '../rewrites.js';
import { add, mapColumn, remove, rename } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub } from './define.js';
import { provenance } from './provenance.js';

/** Commonsense reasoning about what happens next. */
export const COMMONSENSE_TASKS = defineTasks(
  { cluster: 'commonsense', category: 'nlu' },
  {
    copa: {
      source: hub('super_glue', 'copa'),
      provenance: provenance('copa', 'super_glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: {
        premise: 'text',
        choice1: 'text',
        choice2: 'text',
        question: 'text',
        idx: 'integer',
        label: 'integer',
      },
      prompt: {
        hide: ['choice1', 'choice2'],
        options: optionColumns(['choice1', 'choice2']),
        label: optionAt('label'),
        carry: carryOptions,
      },
      templateKey: 'copa',
      metric: 'accuracy',
      evaluated: true,
      quirks: ['Q12', 'Q22', 'Q23'],
    },
    hellaswag: {
      source: hub('Rowan/hellaswag'),
      provenance: provenance('hellaswag'),
      splits: { train: 'train', test: 'validation' },
      columns: {
        ind: 'integer',
        activity_label: 'text',
        ctx_a: 'text',
        ctx_b: 'text',
        ctx: 'text',
        endings: ['text'],
        source_id: 'text',
        split: 'text',
        split_type: 'text',
        label: 'text',
      },
      normalise: [
        rename({ ctx: 'context' }),
        remove('ctx_a', 'ctx_b', 'activity_label', 'source_id', 'split', 'split_type'),
      ],
      prompt: { options: endingOptions('endings'), label: optionAt('label'), carry: carryJoined('endings') },
      templateKey: 'hellaswag',
      quirks: ['Q22'],
    },
    piqa: {
      source: hub('piqa'),
      provenance: provenance('piqa'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { goal: 'text', sol1: 'text', sol2: 'text', label: 'integer' },
      normalise: [add({ options: '' })],
      prompt: { hide: ['sol1', 'sol2'], options: optionColumns(['sol1', 'sol2']), label: optionAt('label') },
      templateKey: 'piqa',
    },
    story_cloze: {
      source: { kind: 'manual', file: 'story_cloze/cloze_test_spring2016.tsv', wholeSplit: true },
      provenance: provenance('story_cloze'),
      columns: {
        InputStoryid: 'text',
        InputSentence1: 'text',
        InputSentence2: 'text',
        InputSentence3: 'text',
        InputSentence4: 'text',
        RandomFifthSentenceQuiz1: 'text',
        RandomFifthSentenceQuiz2: 'text',
        AnswerRightEnding: 'integer',
      },
      normalise: [
        rename({ AnswerRightEnding: 'label' }),
        remove('InputStoryid'),
        mapColumn('label', pythonText),
        add({ options: '', context: '' }),
      ],
      prompt: {
        only: ['context', 'options'],
        options: optionColumns(['RandomFifthSentenceQuiz1', 'RandomFifthSentenceQuiz2']),
        label: optionAt('label', { first: 1 }),
        rewrites: { context: joinedColumns('InputSentence1', 'InputSentence2', 'InputSentence3', 'InputSentence4') },
      },
      templateKey: 'story_cloze',
      metric: 'accuracy',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q13'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
