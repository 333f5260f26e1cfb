import { pearson, spearman } from '@flanlab/report';
import { parsePythonFloat } from '../python-text.js';
import { goldAnswer, type MetricSpec } from './metric.js';

/** T5 reads an answer that is no number as -1; the reference as 9. Both lie outside the scale of 0 to 5. */
const UNREADABLE = -1;
const UNREADABLE_COMPAT = 9;

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
          spearman_corrcoef: spearman(x, y) * 100,
        };
      },
      rowScore: () => null,
    };
  },
};
