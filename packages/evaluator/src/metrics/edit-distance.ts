import { goldAnswer, type MetricSpec } from './metric.js';

/** Lower case, cut at every single character that is no letter, number or underscore; empty pieces stay. */
const pieces = (text: string): string[] => text.toLowerCase().split(/[^\p{L}\p{N}_]/u);

/** Levenshtein distance between two lists of pieces. */
function levenshtein(a: readonly string[], b: readonly string[]): number {
  let previous = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  let current = new Int32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    current[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substituted, previous[j]! + 1, current[j - 1]! + 1);
    }
    [previous, current] = [current, previous];
  }
  return previous[b.length]!;
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

/** Word edit distance between answer and target; smaller is better. The mean is the one to show. */
export const editDistance: MetricSpec = {
  name: 'edit distance',
  resultKeys: ['min_edit', 'max_edit', 'mean_edit', 'median_edit', 'sum_edit'],
  mainKey: 'mean_edit',
  higherIsBetter: false,
  aggregation: 'corpus',
  shares: [],
  bootstrapped: ['mean_edit', 'median_edit'],
  source: 't5/evaluation/metrics.py edit_distance',
  prepare(rows) {
    const distances = Float64Array.from(rows, ({ prediction, target }) =>
      levenshtein(pieces(goldAnswer(target)), pieces(prediction)),
    );
    return {
      values(selection) {
        const chosen = Float64Array.from(selection, (row) => distances[row]!);
        const sum = chosen.reduce((total, value) => total + value, 0);
        return {
          min_edit: chosen.reduce((a, b) => Math.min(a, b)),
          max_edit: chosen.reduce((a, b) => Math.max(a, b)),
          mean_edit: sum / chosen.length,
          median_edit: median(chosen),
          sum_edit: sum,
        };
      },
      rowScore: (row) => (distances[row] === 0 ? 1 : 0),
    };
  },
};
