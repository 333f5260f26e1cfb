import { TrainerError } from './errors.js';
import type { Recipe } from './recipe.js';

/** What evaluations have shown so far; part of a checkpoint. */
export interface EvaluationHistory {
  /** Step of the last evaluation; 0 before the first. */
  readonly lastStep: number;
  /** The best so far by the recipe's metric. */
  readonly best: { readonly step: number; readonly value: number } | null;
  /** Evaluations in a row that early stopping counts as no gain. */
  readonly withoutGain: number;
}

export const NO_EVALUATIONS: EvaluationHistory = { lastStep: 0, best: null, withoutGain: 0 };

type Choice = Pick<Recipe, 'bestMetric' | 'greaterIsBetter' | 'earlyStopping'>;

/**
 * Adds an evaluation. Any improvement makes it the best; early stopping asks for one by more than its threshold. Values
 * that are no number are never better.
 * @throws {TrainerError} `TRAINER_METRIC_MISSING`
 * @see huggingface/transformers, src/transformers/trainer_callback.py, EarlyStoppingCallback
 */
export function addEvaluation(
  history: EvaluationHistory,
  step: number,
  metrics: Readonly<Record<string, number>>,
  { bestMetric, greaterIsBetter, earlyStopping }: Choice,
): EvaluationHistory {
  const value = Object.hasOwn(metrics, bestMetric) ? metrics[bestMetric] : undefined;
  if (value === undefined) {
    throw new TrainerError(
      'TRAINER_METRIC_MISSING',
      {
        what: `The evaluation after step ${step} has no metric "${bestMetric}".`,
        why: `It has ${Object.keys(metrics).join(', ')}.`,
        fix: 'Name one of these as bestMetric, or give an evaluate function that returns it.',
      },
      { kind: 'usage' },
    );
  }
  const gain = (from: number): number => (greaterIsBetter ? value - from : from - value);
  const { best, withoutGain } = history;
  const isBest = best === null ? !Number.isNaN(value) : gain(best.value) > 0;
  const isGain = best === null ? !Number.isNaN(value) : gain(best.value) > (earlyStopping?.threshold ?? 0);
  return { lastStep: step, best: isBest ? { step, value } : best, withoutGain: isGain ? 0 : withoutGain + 1 };
}

/** Whether early stopping ends the training here. */
export function isOver({ withoutGain }: EvaluationHistory, { earlyStopping }: Choice): boolean {
  return earlyStopping !== undefined && withoutGain >= earlyStopping.patience;
}

/** @throws {TrainerError} `TRAINER_METRIC_MISSING` when something is to be chosen by evaluations and there are none */
export function checkEvaluated(recipe: Recipe, hasRows: boolean): void {
  if (hasRows || (!recipe.loadBest && recipe.earlyStopping === undefined)) return;
  throw new TrainerError(
    'TRAINER_METRIC_MISSING',
    {
      what: `The recipe asks for ${recipe.loadBest ? 'the best evaluation' : 'early stopping'}, and there are none.`,
      why: 'No rows to evaluate on were given.',
      fix: 'Give evalRows (a test split beside train), or leave loadBest and earlyStopping out.',
    },
    { kind: 'usage' },
  );
}
