/** One row to score. A list of targets holds several gold answers; under compat only the first counts (Q61). */
export interface ScoredRow {
  readonly prediction: string;
  readonly target: string | readonly string[];
  /** Rows of one group are right together or not at all (MultiRC: the question). */
  readonly group?: string;
}

export interface MetricOptions {
  /** Reproduces the reference where it differs: first gold answer only, 9.0 for an unreadable number. */
  readonly compat?: boolean;
  /** All labels in option order; metrics over classes need them, the positive one last. */
  readonly labels?: readonly string[];
}

/** Rows read once; any selection of them can then be scored cheaply, which batches and bootstraps do. */
export interface PreparedRows {
  /** Values by result key over the selected rows. */
  values(selection: ArrayLike<number>): Record<string, number>;
  /** One row's own score from 0 to 1, or null where the metric has no value for a single row. */
  rowScore(row: number): number | null;
}

export interface MetricSpec {
  readonly name: string;
  /** Names of the values, in the order of the reference's log columns. */
  readonly resultKeys: readonly string[];
  /** The one value to show where there is room for one. */
  readonly mainKey: string;
  readonly higherIsBetter: boolean;
  /** `mean`: the mean of row scores. `corpus`: one value from all rows, so that batches change it. */
  readonly aggregation: 'mean' | 'corpus';
  /** Result keys that are shares of rows, in percent: these get a Wilson interval. */
  readonly shares: readonly string[];
  /** Result keys whose interval is bootstrapped. */
  readonly bootstrapped: readonly string[];
  /** The reference reports the median of a bootstrap instead of the value (ROUGE, Q66). */
  readonly resampledByReference?: true;
  /** Published implementation that the values equal. */
  readonly source: string;
  prepare(rows: readonly ScoredRow[], options: MetricOptions): PreparedRows;
}

/** The gold answers that count. */
export function goldAnswers(target: string | readonly string[], compat = false): readonly string[] {
  const answers = typeof target === 'string' ? [target] : target;
  return compat ? answers.slice(0, 1) : answers;
}

/** The first gold answer, for metrics that know only one. */
export const goldAnswer = (target: string | readonly string[]): string =>
  typeof target === 'string' ? target : (target[0] ?? '');

/** Mean over the selection times 100; not a number for none. */
export function meanPercent(scores: ArrayLike<number>, selection: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < selection.length; i++) sum += scores[selection[i]!]!;
  return (sum / selection.length) * 100;
}

/** Rows of a metric whose values are means of row scores: one array of scores from 0 to 1 for each key. */
export function meanOfRows(scores: Readonly<Record<string, Float64Array>>, main: string): PreparedRows {
  return {
    values: (selection) =>
      Object.fromEntries(Object.entries(scores).map(([key, column]) => [key, meanPercent(column, selection)])),
    rowScore: (row) => scores[main]![row]!,
  };
}
