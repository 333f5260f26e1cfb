import type { PromptRow } from './prompt-row.js';

/** Token counts of a set of prompts. */
export interface TokenLengths {
  readonly rows: number;
  readonly mean: number;
  /** Smallest counts that so many percent of the rows do not exceed; 0 and 100 are the extremes. */
  readonly percentiles: Readonly<Record<0 | 5 | 25 | 50 | 75 | 95 | 99 | 100, number>>;
  /** Rows longer than `maxLength`, which training would cut. */
  readonly truncated: number;
  /** Rows of which nothing that is learned lies within `maxLength`. */
  readonly nothingLearned: number;
}

export interface TokenLengthsOptions {
  /** The number of tokens of a text, special tokens included. */
  readonly countTokens: (text: string) => number;
  /** Tokens that training keeps; everything when left out. */
  readonly maxLength?: number | undefined;
}

const PERCENTS = [0, 5, 25, 50, 75, 95, 99, 100] as const;

/** How long prompts are in tokens. Percentiles are nearest-rank: each is the length of some row. */
export function tokenLengths(
  rows: readonly Pick<PromptRow, 'text' | 'label_start' | 'label_end'>[],
  { countTokens, maxLength = Number.POSITIVE_INFINITY }: TokenLengthsOptions,
): TokenLengths {
  const lengths = Float64Array.from(rows, ({ text }) => countTokens(text));
  const overlong = rows.filter((_, index) => lengths[index]! > maxLength);
  const sorted = lengths.toSorted();
  const rank = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
  return {
    rows: rows.length,
    mean: lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, rows.length),
    percentiles: Object.fromEntries(PERCENTS.map((percent) => [percent, rank(percent)])) as TokenLengths['percentiles'],
    truncated: overlong.length,
    nothingLearned: overlong.filter(({ text, label_start, label_end }) => {
      return label_start < label_end && countTokens(text.slice(0, label_start)) >= maxLength;
    }).length,
  };
}
