import { type Feature, type Features, TEXT } from '@flanlab/flan-datasets';
import { MixtureError } from './errors.js';
import type { ExaminedPrompts } from './examine-prompts.js';

const INTEGER: Feature = { kind: 'value', dtype: 'int64' };
const TEXTS: Feature = { kind: 'list', of: TEXT };

/**
 * The columns of a mixture, without another pass over its rows.
 * @throws {MixtureError} `MIXTURE_LABELS_MIXED` when some answers are texts and others numbers
 */
export function mixtureFeatures(examined: readonly Pick<ExaminedPrompts, 'task' | 'labelTypes'>[]): Features {
  const withNumbers = examined.filter(({ labelTypes }) => labelTypes.has('int64') || labelTypes.has('float64'));
  const withTexts = examined.filter(({ labelTypes }) => labelTypes.has('string'));
  if (withNumbers.length > 0 && withTexts.length > 0) {
    throw new MixtureError('MIXTURE_LABELS_MIXED', {
      what: 'The answers of the mixture have no single type.',
      why: `Those of ${withNumbers[0]!.task} are numbers, those of ${withTexts[0]!.task} texts.`,
      fix: 'Make the prompts without compat mode, which gives texts, or leave the task out.',
    });
  }
  const isReal = examined.some(({ labelTypes }) => labelTypes.has('float64'));
  const labels: Feature = withNumbers.length === 0 ? TEXT : { kind: 'value', dtype: isReal ? 'float64' : 'int64' };
  return {
    text: TEXT,
    labels,
    gold_options: TEXTS,
    label_start: INTEGER,
    label_end: INTEGER,
    task: TEXT,
    template: TEXT,
    examples: TEXTS,
  };
}
