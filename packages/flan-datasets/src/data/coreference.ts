import { optionAt } from '../label-rules.js';
import { continuedCandidates, optionColumns, substitutedPronoun } from '../options-rules.js';
import { add, remove, rename } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { defineTasks, hub } from './define.js';
import { provenance } from './provenance.js';

/** Who is meant? */
export const COREFERENCE_TASKS = defineTasks(
  { cluster: 'coreference', category: 'nlu', evaluated: true },
  {
    dpr_raw: {
      source: hub('coref-data/dpr_raw'),
      provenance: provenance('dpr'),
      columns: { sentence: 'text', pronoun: 'text', candidates: ['text'], label: 'integer' },
      prompt: { hide: ['candidates'], options: continuedCandidates(), label: optionAt('label') },
      templateKey: 'dpr_raw',
      quirks: ['Q23', 'Q60'],
    },
    winogrande: {
      source: hub('winogrande', 'winogrande_xl'),
      provenance: provenance('winogrande'),
      splits: { train: 'train', test: 'validation' },
      columns: { sentence: 'text', option1: 'text', option2: 'text', answer: 'text' },
      normalise: [rename({ sentence: 'context', answer: 'label' }), add({ options: '' })],
      prompt: {
        only: ['context', 'options'],
        options: optionColumns(['option1', 'option2']),
        label: optionAt('label', { first: 1 }),
      },
      templateKey: 'winogrande',
      metric: 'accuracy',
      alwaysHeldOut: true,
      quirks: ['Q26', 'Q39'],
    },
    wsc273: {
      source: hub('coref-data/davis_wsc_raw', 'wsc273'),
      provenance: provenance('winograd'),
      splits: { train: 'train', test: 'test', stored: { train: 'test', validation: 'test' } },
      columns: {
        text: 'text',
        pronoun: 'text',
        pronoun_loc: 'integer',
        quote: 'text',
        quote_loc: 'integer',
        options: ['text'],
        label: 'integer',
        source: 'text',
      },
      normalise: [rename({ text: 'context' }), remove('quote_loc', 'source')],
      prompt: { only: ['context', 'options'], options: substitutedPronoun(), label: optionAt('label') },
      templateKey: 'wsc273',
      metric: 'accuracy',
      alwaysHeldOut: true,
      quirks: ['Q13', 'Q25'],
    },
  },
) satisfies Readonly<Record<string, TaskSpec>>;
