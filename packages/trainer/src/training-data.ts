import { TrainerError } from './errors.js';
import type { Recipe } from './recipe.js';
import { type RowTokenizer, type TokenisedRow, type TrainingRow, tokenCount, tokeniseRow } from './tokenise.js';

/** What tokenising found; shown before training starts. */
export interface DataSummary {
  /** Rows that were given, and those that are trained on. */
  readonly rows: number;
  readonly usedRows: number;
  readonly tokens: number;
  readonly targets: number;
  readonly longest: number;
  readonly truncated: number;
  /** Rows that brought a beginning-of-sequence token of their own. */
  readonly doubleBos: number;
  /** Rows at whose end the model learns to stop. */
  readonly learnToStop: number;
  /** Rows without any target, by their place in what was given. They are not trained on. */
  readonly withoutTarget: readonly number[];
}

export interface TrainingData {
  readonly rows: readonly TokenisedRow[];
  readonly summary: DataSummary;
}

/**
 * Tokenises all rows, in order, and drops those without a target, or refuses them when the recipe says so.
 * @throws {TrainerError} `TRAINER_TARGETS_MISSING`, `TRAINER_ROWS_EMPTY`, `TRAINER_ROWS_INVALID`
 */
export async function tokeniseRows(
  rows: Iterable<TrainingRow> | AsyncIterable<TrainingRow>,
  tokenizer: RowTokenizer,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<TrainingData> {
  const used: TokenisedRow[] = [];
  const withoutTarget: number[] = [];
  let index = 0;
  for await (const row of rows) {
    if (index % 256 === 0) signal?.throwIfAborted();
    const tokenised = tokeniseRow(row, index, tokenizer, recipe);
    if (tokenised.targets > 0) used.push(tokenised);
    else withoutTarget.push(index);
    index += 1;
  }
  if (withoutTarget.length > 0 && recipe.rowsWithoutTarget === 'refuse') {
    throw new TrainerError('TRAINER_TARGETS_MISSING', {
      what: `${withoutTarget.length} of ${index} rows have no token to learn.`,
      why: `Nothing is left of their label span after cutting to ${recipe.maxLength} tokens: rows ${list(withoutTarget)}.`,
      fix: 'Raise maxLength, shorten these rows, or set rowsWithoutTarget: drop.',
    });
  }
  if (used.length === 0) {
    throw new TrainerError('TRAINER_ROWS_EMPTY', {
      what: 'There is nothing to train on.',
      why: index === 0 ? 'No rows were given.' : `None of the ${index} rows has a token to learn.`,
      fix: 'Check the data and the label spans (`flanlab inspect` shows them), or raise maxLength.',
    });
  }
  return { rows: used, summary: summarise(used, withoutTarget, index) };
}

/**
 * A runtime would only say that an index is out of bounds.
 * @throws {TrainerError} `TRAINER_ROWS_INVALID` for a token that the model has no embedding of
 */
export function checkVocabulary(rows: readonly TokenisedRow[], words: number): void {
  for (const { index, ids, labels } of rows) {
    const beyond = ids.find((id) => id >= words) ?? labels.find((id) => id >= words);
    if (beyond === undefined) continue;
    throw new TrainerError('TRAINER_ROWS_INVALID', {
      what: `Row ${index} cannot be used for training.`,
      why: `It has the token ${beyond}, and the model knows those from 0 to ${words - 1}: its tokenizer is that of another model.`,
      fix: 'Put the tokenizer that belongs to the weights into the model folder, or enlarge the embeddings.',
    });
  }
}

function summarise(used: readonly TokenisedRow[], withoutTarget: readonly number[], rows: number): DataSummary {
  const sum = (of: (row: TokenisedRow) => number): number => used.reduce((total, row) => total + of(row), 0);
  return {
    rows,
    usedRows: used.length,
    tokens: sum(tokenCount),
    targets: sum(({ targets }) => targets),
    longest: used.reduce((longest, { ids }) => Math.max(longest, ids.length), 0),
    truncated: sum(({ truncated }) => Number(truncated)),
    doubleBos: sum(({ doubleBos }) => Number(doubleBos)),
    learnToStop: sum(({ learnsToStop }) => Number(learnsToStop)),
    withoutTarget,
  };
}

const list = (numbers: readonly number[]): string =>
  `${numbers.slice(0, 10).join(', ')}${numbers.length > 10 ? ` and ${numbers.length - 10} more` : ''}`;
