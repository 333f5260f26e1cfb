import { optionAt, rounded, truncated } from '../label-rules.js';
import { fixedOptions } from '../options-rules.js';
import { add } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub } from './define.js';
import { provenance } from './provenance.js';

const NO_YES = { options: fixedOptions('no', 'yes'), label: optionAt('label') };

/** Do two texts say the same? */
export const PARAPHRASE_TASKS = defineTasks(
  { cluster: 'paraphrase', category: 'nlu', normalise: [add({ options: '' })] },
  {
    mrpc: {
      source: hub('glue', 'mrpc'),
      provenance: provenance('mrpc', 'glue'),
      columns: { sentence1: 'text', sentence2: 'text', label: 'integer', idx: 'integer' },
      prompt: NO_YES,
      templateKey: 'mrpc',
      metric: 'f1_with_invalid',
      quirks: ['Q69'],
    },
    qqp: {
      source: hub('glue', 'qqp'),
      provenance: provenance('qqp', 'glue'),
      splits: { train: 'train', test: 'validation', compatTest: 'test' },
      columns: { question1: 'text', question2: 'text', label: 'integer', idx: 'integer' },
      prompt: NO_YES,
      templateKey: 'qqp',
      metric: 'f1_with_invalid',
      quirks: ['Q69'],
    },
    paws_wiki: {
      source: hub('paws', 'labeled_final'),
      provenance: provenance('paws'),
      columns: { id: 'integer', sentence1: 'text', sentence2: 'text', label: 'integer' },
      prompt: NO_YES,
      templateKey: 'paws_wiki',
    },
    stsb: {
      source: hub('glue', 'stsb'),
      provenance: provenance('stsb', 'glue'),
      splits: { train: 'train', test: 'validation' },
      columns: { sentence1: 'text', sentence2: 'text', label: 'number', idx: 'integer' },
      prompt: { options: fixedOptions('0', '1', '2', '3', '4', '5'), label: truncated('label') },
      clean: { label: rounded('label') },
      templateKey: 'stsb',
      metric: 'pearson_spearman',
      evaluated: true,
      alwaysHeldOut: true,
      quirks: ['Q11', 'Q62', 'Q67'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
