import { splitWhitespace } from '../python-text.js';
import { goldAnswers, type MetricSpec, meanOfRows } from './metric.js';

const ASCII_PUNCTUATION = '!-\\/:-@\\[-`{-~';
const DELETED = new RegExp(`[${ASCII_PUNCTUATION}]`, 'g');
const SPACED = new RegExp(`[${ASCII_PUNCTUATION}‘’´]`, 'g');
// Python's \b is a border of Unicode letters, numbers and underscores.
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** Lower case, without ASCII punctuation and articles, single spaces. */
export function normaliseSquad(text: string): string {
  return splitWhitespace(text.toLowerCase().replace(DELETED, '').replace(ARTICLES, ' ')).join(' ');
}

/** As for SQuAD, but punctuation (with ‘ ’ ´) becomes a space instead of vanishing. */
export function normaliseTriviaQa(text: string): string {
  return splitWhitespace(text.toLowerCase().replace(SPACED, ' ').replace(ARTICLES, ' ')).join(' ');
}

/** F1 over the two bags of words; 0 when nothing is shared, so also for two empty texts. */
export function tokenF1(prediction: string, target: string): number {
  const predicted = splitWhitespace(prediction);
  const wanted = splitWhitespace(target);
  const left = new Map<string, number>();
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of predicted) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    shared++;
  }
  if (shared === 0) return 0;
  const precision = shared / predicted.length;
  const recall = shared / wanted.length;
  return (2 * precision * recall) / (precision + recall);
}

function spanMetric(name: string, normalise: (text: string) => string, source: string): MetricSpec {
  return {
    name,
    resultKeys: ['em', 'f1'],
    mainKey: 'em',
    higherIsBetter: true,
    aggregation: 'mean',
    shares: ['em'],
    bootstrapped: ['f1'],
    source,
    prepare(rows, { compat = false }) {
      const em = new Float64Array(rows.length);
      const f1 = new Float64Array(rows.length);
      for (const [index, { prediction, target }] of rows.entries()) {
        const answer = normalise(prediction);
        for (const gold of goldAnswers(target, compat)) {
          const wanted = normalise(gold);
          if (answer === wanted) em[index] = 1;
          f1[index] = Math.max(f1[index]!, tokenF1(answer, wanted));
        }
      }
      return meanOfRows({ em, f1 }, 'em');
    },
  };
}

/** Exact match and word F1 of SQuAD; the best of several gold answers, under compat the first (Q61). */
export const squad: MetricSpec = spanMetric('SQuAD', normaliseSquad, 't5/evaluation/qa_utils.py');
/** Exact match and word F1 of TriviaQA; the best of several gold answers, under compat the first (Q61). */
export const triviaQa: MetricSpec = spanMetric('TriviaQA', normaliseTriviaQa, 't5/evaluation/qa_utils.py');
