import { goldAnswers, type MetricSpec, meanOfRows } from './metric.js';

function exactMatch(key: string, source: string): MetricSpec {
  return {
    name: 'accuracy',
    resultKeys: [key],
    mainKey: key,
    higherIsBetter: true,
    aggregation: 'mean',
    shares: [key],
    bootstrapped: [],
    source,
    prepare: (rows, { compat = false }) =>
      meanOfRows(
        {
          [key]: Float64Array.from(rows, ({ prediction, target }) =>
            goldAnswers(target, compat).includes(prediction) ? 1 : 0,
          ),
        },
        key,
      ),
  };
}

/** Share of answers that equal the target letter for letter, in percent. */
export const accuracy: MetricSpec = exactMatch('accuracy', 't5/evaluation/metrics.py accuracy');

/**
 * The same under the reference's other column name. The reference compares a list with a tuple there and always
 * reports 0 (Q60); that is mended, also under compat.
 */
export const simpleAccuracy: MetricSpec = exactMatch('simple acc', 'share of equal rows; the reference always gives 0');
