import { bertScore } from './bert-score.js';
import { BertScoreError } from './errors.js';
import type { EncodingCounts } from './pair-scores.js';
import type { TokenEncoder } from './token-encoder.js';

export interface BertScoreAccuracyOptions {
  readonly encoder: TokenEncoder;
  /** A missing prediction counts as empty text. */
  readonly predictions: readonly (string | null | undefined)[];
  /** The options of each row, at least one. */
  readonly options: readonly (readonly string[])[];
  readonly targets: readonly string[];
  readonly signal?: AbortSignal;
}

export interface BertScoreAccuracy {
  /** Share of rows whose chosen option is the target text, in percent. Zero rows: NaN. */
  readonly accuracy: number;
  /** Index of the chosen option of each row: the highest F1, the first on ties. */
  readonly chosen: readonly number[];
  /** F1 of the prediction against each option of the row. */
  readonly f1: readonly (readonly number[])[];
  /** Rows whose prediction has no text: all options score 0 there, so the first is chosen. */
  readonly emptyPredictions: number;
  readonly signature: string;
  readonly counts: EncodingCounts;
}

/**
 * Takes the option most similar to what the model said as its answer, and counts how often that is the right one.
 * No idf weights, no rescaling, over all rows at once.
 * @throws {BertScoreError} `BERTSCORE_LENGTH_MISMATCH`, `BERTSCORE_OPTIONS_EMPTY`
 * @see arXiv:2501.08716, section 3
 */
export async function bertScoreAccuracy(input: BertScoreAccuracyOptions): Promise<BertScoreAccuracy> {
  const { encoder, options, targets, signal } = input;
  const predictions = input.predictions.map((prediction) => prediction ?? '');
  checkRows(predictions, options, targets);
  const scores = await bertScore({
    encoder,
    candidates: predictions.flatMap((prediction, row) => options[row]!.map(() => prediction)),
    references: options.flat(),
    ...(signal === undefined ? {} : { signal }),
  });
  let next = 0;
  const f1 = options.map((rowOptions) => {
    next += rowOptions.length;
    return [...scores.f1.subarray(next - rowOptions.length, next)];
  });
  const chosen = f1.map((row) => row.indexOf(Math.max(...row)));
  const correct = chosen.filter((option, row) => options[row]![option] === targets[row]).length;
  return {
    accuracy: (correct / predictions.length) * 100,
    chosen,
    f1,
    emptyPredictions: predictions.filter((prediction) => prediction.trim() === '').length,
    signature: scores.signature,
    counts: scores.counts,
  };
}

function checkRows(
  predictions: readonly string[],
  options: readonly (readonly string[])[],
  targets: readonly string[],
): void {
  if (predictions.length !== options.length || predictions.length !== targets.length) {
    throw new BertScoreError('BERTSCORE_LENGTH_MISMATCH', {
      what: 'Predictions, options and targets do not line up.',
      why: `There are ${predictions.length} predictions, ${options.length} option lists and ${targets.length} targets.`,
      fix: 'Give one list of options and one target for each prediction.',
    });
  }
  const empty = options.findIndex((row) => row.length === 0);
  if (empty < 0) return;
  throw new BertScoreError('BERTSCORE_OPTIONS_EMPTY', {
    what: `Row ${empty} has no options to choose from.`,
    why: 'BERTScore accuracy picks the option that is most similar to the prediction.',
    fix: 'Leave out tasks without options; use bertScore for free text.',
  });
}
