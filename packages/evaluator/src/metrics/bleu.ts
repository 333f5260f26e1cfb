import { splitWhitespace, stripEnd } from '../python-text.js';
import { goldAnswer, type MetricSpec } from './metric.js';

const ORDERS = 4;
/** Matches and predicted n-grams for each order, then lengths of prediction and target. */
const STATISTICS = 2 * ORDERS + 2;

/** sacrebleu's `intl` tokeniser (mteval-v14): punctuation apart unless between digits, symbols apart. */
export function tokeniseInternational(text: string): string[] {
  return splitWhitespace(
    stripEnd(text)
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/(\p{S})/gu, ' $1 '),
  );
}

function ngrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join(' ');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function rowStatistics(prediction: string, target: string): Float64Array {
  const predicted = tokeniseInternational(prediction);
  const wanted = tokeniseInternational(target);
  const statistics = new Float64Array(STATISTICS);
  for (let n = 1; n <= ORDERS; n++) {
    const reference = ngrams(wanted, n);
    for (const [ngram, count] of ngrams(predicted, n)) {
      statistics[n - 1]! += Math.min(count, reference.get(ngram) ?? 0);
      statistics[ORDERS + n - 1]! += count;
    }
  }
  statistics[2 * ORDERS] = predicted.length;
  statistics[2 * ORDERS + 1] = wanted.length;
  return statistics;
}

/** Corpus BLEU from summed statistics: exponential smoothing, no effective order. */
function bleuScore(sums: Float64Array): number {
  let matches = 0;
  for (let n = 0; n < ORDERS; n++) matches += sums[n]!;
  if (matches === 0) return 0;
  let logs = 0;
  let smoothing = 1;
  for (let n = 0; n < ORDERS; n++) {
    const total = sums[ORDERS + n]!;
    if (total === 0) return 0; // the remaining precisions are 0, whose log sacrebleu takes as -9999999999
    let precision = (100 * sums[n]!) / total;
    if (sums[n] === 0) {
      smoothing *= 2;
      precision = 100 / (smoothing * total);
    }
    logs += Math.log(precision);
  }
  const predicted = sums[2 * ORDERS]!;
  const wanted = sums[2 * ORDERS + 1]!;
  const brevity = predicted >= wanted ? 1 : Math.exp(1 - wanted / predicted);
  return brevity * Math.exp(logs / ORDERS);
}

/** Corpus BLEU-4, one target a row, case sensitive, in percent. */
export const bleu: MetricSpec = {
  name: 'BLEU',
  resultKeys: ['bleu'],
  mainKey: 'bleu',
  higherIsBetter: true,
  aggregation: 'corpus',
  shares: [],
  bootstrapped: ['bleu'],
  source: 'sacrebleu corpus_bleu, tokenize="intl", smooth_method="exp"',
  prepare(rows) {
    const statistics = rows.map(({ prediction, target }) => rowStatistics(prediction, goldAnswer(target)));
    return {
      values(selection) {
        const sums = new Float64Array(STATISTICS);
        for (let i = 0; i < selection.length; i++) {
          const row = statistics[selection[i]!]!;
          for (let k = 0; k < STATISTICS; k++) sums[k]! += row[k]!;
        }
        return { bleu: bleuScore(sums) };
      },
      rowScore: () => null,
    };
  },
};
