import { PythonRandom } from '@flanlab/random';
import type { PreparedRows } from './metrics/metric.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Coverage, such as 0.95. */
  readonly level: number;
  readonly method: 'wilson' | 'bootstrap';
}

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054;
const LEVEL = 0.95;
const RESAMPLES = 1000;
const SEED = 42;

/**
 * Wilson's 95 % score interval of a share, in percent.
 * @see Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference
 */
export function wilsonInterval(percent: number, n: number): Interval | null {
  if (n === 0 || Number.isNaN(percent)) return null;
  const p = percent / 100;
  const centre = p + (Z * Z) / (2 * n);
  const spread = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  const bound = (value: number): number => Math.min(100, Math.max(0, (100 * value) / scale));
  return { low: bound(centre - spread), high: bound(centre + spread), level: LEVEL, method: 'wilson' };
}

/** NumPy's `percentile` with linear interpolation; `sorted` rises. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below]!;
  return below + 1 < sorted.length ? low + (sorted[below + 1]! - low) * (position - below) : low;
}

/**
 * Percentile bootstrap over rows: 1,000 resamples, seed 42, so the same rows always give the same interval. Resamples
 * without a value (a constant column has no correlation) are left out; null when fewer than half have one.
 */
export function bootstrapIntervals(
  rows: PreparedRows,
  count: number,
  keys: readonly string[],
): Record<string, Interval | null> {
  const samples = new Map<string, number[]>(keys.map((key) => [key, []]));
  if (count >= 2 && keys.length > 0) {
    const random = new PythonRandom(SEED);
    const selection = new Int32Array(count);
    for (let resample = 0; resample < RESAMPLES; resample++) {
      for (let i = 0; i < count; i++) selection[i] = random.randbelow(count);
      const values = rows.values(selection);
      for (const [key, list] of samples) if (Number.isFinite(values[key])) list.push(values[key]!);
    }
  }
  return Object.fromEntries(
    [...samples].map(([key, values]) => {
      if (values.length < RESAMPLES / 2) return [key, null];
      const sorted = Float64Array.from(values).sort();
      const tail = (100 * (1 - LEVEL)) / 2;
      return [
        key,
        { low: percentile(sorted, tail), high: percentile(sorted, 100 - tail), level: LEVEL, method: 'bootstrap' },
      ];
    }),
  );
}
