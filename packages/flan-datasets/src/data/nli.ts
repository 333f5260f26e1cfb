import { optionAt, textOf } from '../label-rules.js';
import { fixedOptions } from '../options-rules.js';
import { carryFields, quoted } from '../rewrites.js';
import type { FieldValue, Row } from '../row.js';
import { saying } from '../saying.js';
import { add, invalidValue, mapColumn, remove, rename } from '../steps.js';
import type { Mode, TaskSpec } from '../task-spec.js';
import { defineTasks, hub, type TaskEntry } from './define.js';
import { provenance } from './provenance.js';

const YES_NO = { options: fixedOptions('yes', 'no'), label: optionAt('label') };
const NO_YES = { options: fixedOptions('no', 'yes'), label: optionAt('label') };
const THREE_WAY = { options: fixedOptions('yes', 'it is not possible to tell', 'no'), label: optionAt('label') };
const CB_LABELS = ['yes', 'no', "it's impossible to say"] as const;

/** Index -1, an unlabelled row, is the last label in Python. */
function cbLabel(label: FieldValue, { compat }: Mode): string {
  const text = typeof label === 'number' ? (compat ? CB_LABELS.at(label) : CB_LABELS[label]) : undefined;
  if (text === undefined) throw invalidValue('label', label, `the number of one of ${CB_LABELS.length} labels`);
  return text;
}

const anli = (round: 'r1' | 'r2' | 'r3') =>
  ({
    source: hub('anli'),
    provenance: provenance('anli'),
    splits: {
      train: 'train',
      test: 'test',
      stored: { train: `train_${round}`, validation: `dev_${round}`, test: `test_${round}` },
    },
    columns: { uid: 'text', premise: 'text', hypothesis: 'text', label: 'integer', reason: 'text' },
    normalise: [rename({ premise: 'context' }), remove('uid', 'reason'), add({ options: '' })],
    prompt: { options: fixedOptions('Yes', "It's impossible to say", 'No'), label: optionAt('label') },
    templateKey: 'anli',
  }) as const satisfies TaskEntry;

const mnliView = (config: string) =>
  ({
    cluster: null,
    source: hub('glue', config),
    provenance: provenance('mnli', 'glue'),
    splits: { train: 'train', test: 'validation', stored: { train: 'validation' } },
    columns: { premise: 'text', hypothesis: 'text', label: 'integer', idx: 'integer' },
    normalise: [add({ options: '' })],
    prompt: THREE_WAY,
    templateKey: 'mnli',
    metric: 'accuracy',
    evaluated: true,
    quirks: ['Q13', 'Q34'],
  }) as const satisfies TaskEntry;

/** Natural language inference. */
export const NLI_TASKS = defineTasks(
  { cluster: 'nli', category: 'nlu' },
  {
    anli_r1: anli('r1'),
    anli_r2: anli('r2'),
    anli_r3: anli('r3'),
    rte: {
      source: hub('glue', 'rte'),
      provenance: provenance('rte', 'glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { sentence1: 'text', sentence2: 'text', label: 'integer', idx: 'integer' },
      normalise: [rename({ sentence1: 'premise', sentence2: 'hypothesis' }), add({ options: '' })],
      prompt: YES_NO,
      templateKey: 'rte',
      metric: 'accuracy',
    },
    snli: {
      source: hub('snli'),
      provenance: provenance('snli'),
      columns: { premise: 'text', hypothesis: 'text', label: 'integer' },
      filter: saying('whose label is not -1', ({ label }: Row) => label !== -1), // no majority among the annotators
      normalise: [add({ options: '' })],
      prompt: THREE_WAY,
      templateKey: 'snli',
      metric: 'accuracy',
      evaluated: true,
    },
    cb: {
      source: hub('super_glue', 'cb'),
      provenance: provenance('cb', 'super_glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { premise: 'text', hypothesis: 'text', idx: 'integer', label: 'integer' },
      normalise: [add({ options: '' }), saying('put the text of label in its place', mapColumn('label', cbLabel))],
      prompt: { options: fixedOptions(...CB_LABELS), label: textOf('label') },
      templateKey: 'cb',
      metric: 'mean_3class_f1',
      quirks: ['Q69'],
    },
    mnli: {
      source: hub('glue', 'mnli'),
      provenance: provenance('mnli', 'glue'),
      splits: { train: 'train', test: 'validation_matched', compatTest: 'test' },
      columns: { premise: 'text', hypothesis: 'text', label: 'integer', idx: 'integer' },
      normalise: [add({ options: '' })],
      prompt: THREE_WAY,
      templateKey: 'mnli',
      metric: 'accuracy',
    },
    wnli: {
      source: hub('glue', 'wnli'),
      provenance: provenance('winograd', 'glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { sentence1: 'text', sentence2: 'text', label: 'integer', idx: 'integer' },
      normalise: [add({ options: '' })],
      prompt: NO_YES,
      templateKey: 'wnli',
      metric: 'accuracy',
    },
    qnli: {
      source: hub('glue', 'qnli'),
      provenance: provenance('squad', 'glue'),
      splits: { train: 'train', test: 'validation' },
      columns: { question: 'text', sentence: 'text', label: 'integer', idx: 'integer' },
      normalise: [add({ options: '' })],
      prompt: {
        ...YES_NO,
        rewrites: { question: quoted, sentence: quoted },
        carry: carryFields('question', 'sentence'),
      },
      templateKey: 'qnli',
      metric: 'accuracy',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q22', 'Q39'],
    },
    mnli_matched: mnliView('mnli_matched'),
    mnli_mismatched: mnliView('mnli_mismatched'),
  },
) satisfies Readonly<Record<string, TaskSpec>>;
