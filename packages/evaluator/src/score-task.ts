import { nearest } from '@flanlab/errors';
import { LegacyNumpy } from '@flanlab/random';
import { EvaluatorError } from './errors.js';
import { bootstrapIntervals, type Interval, percentile, wilsonInterval } from './interval.js';
import type { MetricSpec, PreparedRows } from './metrics/metric.js';
import { METRICS, type MetricName } from './metrics/table.js';

export interface ScoreOptions {
  /** All labels in option order; `mean_3class_f1`, `f1_with_invalid` and `multirc` need them. */
  readonly labels?: readonly string[];
  /** One name a row: rows with the same name are answers to one question (`multirc`). */
  readonly groups?: readonly string[];
  /** Reproduces the reference: mean over batches (Q59), bootstrapped ROUGE (Q66), first gold answer (Q61). */
  readonly compat?: boolean;
  /** Rows of one batch under compat; 1 as in the reference when left out. */
  readonly batchSize?: number;
  /** Seed of the ROUGE bootstrap under compat; 42 when left out. */
  readonly seed?: number;
}

export interface TaskScore {
  readonly metric: MetricName;
  /** The value to show where there is room for one: a key of `values`. */
  readonly mainKey: string;
  readonly higherIsBetter: boolean;
  readonly n: number;
  /** Over all rows; under compat the unweighted mean over batches. Not a number where the metric is undefined. */
  readonly values: Readonly<Record<string, number>>;
  /** 95 % intervals of the values over all rows; null where there is none (too few rows, extremes). */
  readonly intervals: Readonly<Record<string, Interval | null>>;
  /** Under compat also the values over all rows, which do not depend on the batch size. */
  readonly overAllRows?: Readonly<Record<string, number>>;
  /** Each row's own score from 0 to 1, or null where a single row has none (BLEU, correlations). */
  readonly rowScores: readonly (number | null)[];
}

/** The metric of that name. @throws {EvaluatorError} `METRIC_UNKNOWN` with the nearest name */
export function metricByName(name: string): MetricSpec & { readonly key: MetricName } {
  if (Object.hasOwn(METRICS, name)) {
    const key = name as MetricName;
    return { ...METRICS[key], key };
  }
  const near = nearest(name, Object.keys(METRICS));
  throw new EvaluatorError(
    'METRIC_UNKNOWN',
    {
      what: `There is no metric "${name}".`,
      why: `Known metrics: ${Object.keys(METRICS).join(', ')}.`,
      fix: near === undefined ? 'Choose one of them.' : `Did you mean "${near}"?`,
    },
    { kind: 'usage' },
  );
}

function requireEqualLengths(name: string, lengths: Readonly<Record<string, number>>): void {
  const [first = 0, ...rest] = Object.values(lengths);
  if (first === 0) {
    throw new EvaluatorError('METRIC_ROWS_MISSING', {
      what: `The metric "${name}" has nothing to score.`,
      why: 'There are no predictions.',
      fix: 'Pass at least one prediction with its target.',
    });
  }
  if (rest.every((length) => length === first)) return;
  throw new EvaluatorError('METRIC_ROWS_MISMATCH', {
    what: `The metric "${name}" needs as many values of each kind as rows.`,
    why: Object.entries(lengths)
      .map(([what, length]) => `${what}: ${length}`)
      .join(', '),
    fix: 'Check that no row was lost or doubled on one side.',
  });
}

const range = (start: number, end: number): Int32Array => Int32Array.from({ length: end - start }, (_, i) => start + i);

/**
 * The reference's ROUGE of one batch: 1,000 resamples of the rows, the mean of each, and the median of those. The keys
 * are drawn one after another from the same generator, as rouge_score's BootstrapAggregator does.
 */
function medianOfBootstrap(
  rows: PreparedRows,
  selection: Int32Array,
  keys: readonly string[],
  random: LegacyNumpy,
): Record<string, number> {
  return Object.fromEntries(
    keys.map((key) => {
      const scores = Array.from(selection, (row) => rows.values([row])[key]!);
      const means = new Float64Array(1000);
      for (let resample = 0; resample < means.length; resample++) {
        let sum = 0;
        for (const row of random.choice(scores.length, scores.length)) sum += scores[row]!;
        means[resample] = sum / scores.length;
      }
      return [key, percentile(means.sort(), 50)];
    }),
  );
}

function meanOverBatches(
  metric: MetricSpec,
  rows: PreparedRows,
  n: number,
  { batchSize = 1, seed = 42 }: ScoreOptions,
): Record<string, number> {
  const random = new LegacyNumpy(seed);
  const sums = Object.fromEntries(metric.resultKeys.map((key) => [key, 0]));
  let batches = 0;
  for (let start = 0; start < n; start += batchSize) {
    const selection = range(start, Math.min(n, start + batchSize));
    const values = metric.resampledByReference
      ? medianOfBootstrap(rows, selection, metric.resultKeys, random)
      : rows.values(selection);
    for (const key of metric.resultKeys) sums[key]! += values[key]!;
    batches++;
  }
  return Object.fromEntries(metric.resultKeys.map((key) => [key, sums[key]! / batches]));
}

/**
 * Scores one task's answers. Default: over all rows, so that the value does not depend on the batch size. Compat: the
 * unweighted mean over batches, with ROUGE as the median of a seeded bootstrap in each.
 *
 * @throws {EvaluatorError} `METRIC_UNKNOWN`, `METRIC_ROWS_MISSING`, `METRIC_ROWS_MISMATCH`, `METRIC_LABELS_MISSING`, `METRIC_GROUPS_MISSING`
 */
export function scoreTask(
  metricName: string,
  predictions: readonly string[],
  targets: readonly (string | readonly string[])[],
  options: ScoreOptions = {},
): TaskScore {
  const metric = metricByName(metricName);
  const { groups, labels, compat = false } = options;
  const n = predictions.length;
  requireEqualLengths(metricName, {
    predictions: n,
    targets: targets.length,
    ...(groups === undefined ? {} : { groups: groups.length }),
  });
  const rows = metric.prepare(
    predictions.map((prediction, index) => ({
      prediction,
      target: targets[index]!,
      ...(groups === undefined ? {} : { group: groups[index]! }),
    })),
    { compat, ...(labels === undefined ? {} : { labels }) },
  );
  const overAllRows = rows.values(range(0, n));
  const intervals: Record<string, Interval | null> = Object.fromEntries(metric.resultKeys.map((key) => [key, null]));
  for (const key of metric.shares) intervals[key] = wilsonInterval(overAllRows[key]!, n);
  Object.assign(intervals, bootstrapIntervals(rows, n, metric.bootstrapped));
  return {
    metric: metric.key,
    mainKey: metric.mainKey,
    higherIsBetter: metric.higherIsBetter,
    n,
    values: compat ? meanOverBatches(metric, rows, n, options) : overAllRows,
    intervals,
    ...(compat ? { overAllRows } : {}),
    rowScores: predictions.map((_, row) => rows.rowScore(row)),
  };
}
