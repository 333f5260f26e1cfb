import { parsePythonFloat } from '../python-text.js';
import { goldAnswer, type MetricSpec } from './metric.js';

/** T5 reads an answer that is no number as -1; the reference as 9. Both lie outside the scale of 0 to 5. */
const UNREADABLE = -1;
const UNREADABLE_COMPAT = 9;

/** Pearson's r; not a number when either side is constant or has fewer than two values. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  if (n < 2) return Number.NaN;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  if (xx === 0 || yy === 0) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) ranks[order[k]!] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

/** Pearson and Spearman correlation times 100, between answers and targets read as numbers. */
export const pearsonSpearman: MetricSpec = {
  name: 'Pearson and Spearman correlation',
  resultKeys: ['pearson_corrcoef', 'spearman_corrcoef'],
  mainKey: 'pearson_corrcoef',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: [],
  bootstrapped: ['pearson_corrcoef', 'spearman_corrcoef'],
  source: 't5/evaluation/metrics.py pearson_corrcoef, spearman_corrcoef (scipy)',
  prepare(rows, { compat = false }) {
    const unreadable = compat ? UNREADABLE_COMPAT : UNREADABLE;
    const read = (text: string): number => {
      const value = parsePythonFloat(text);
      return value === null || (!compat && !Number.isFinite(value)) ? unreadable : value;
    };
    const predictions = Float64Array.from(rows, ({ prediction }) => read(prediction));
    const targets = Float64Array.from(rows, ({ target }) => read(goldAnswer(target)));
    return {
      values(selection) {
        const x = Float64Array.from(selection, (row) => targets[row]!);
        const y = Float64Array.from(selection, (row) => predictions[row]!);
        return {
          pearson_corrcoef: pearson(x, y) * 100,
          spearman_corrcoef: pearson(averageRanks(x), averageRanks(y)) * 100,
        };
      },
      rowScore: () => null,
    };
  },
};
