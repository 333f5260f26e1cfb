import { goldAnswer, type MetricSpec, meanOfRows } from './metric.js';

const tokenise = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((token) => token !== '');

function ngramCounts(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join(' ');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function fMeasure(hits: number, predicted: number, wanted: number): number {
  const precision = hits / Math.max(1, predicted);
  const recall = hits / Math.max(1, wanted);
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

function rougeN(prediction: readonly string[], target: readonly string[], n: number): number {
  const predicted = ngramCounts(prediction, n);
  let hits = 0;
  for (const [ngram, count] of ngramCounts(target, n)) hits += Math.min(count, predicted.get(ngram) ?? 0);
  return fMeasure(hits, Math.max(0, prediction.length - n + 1), Math.max(0, target.length - n + 1));
}

/** Positions of `target` on one longest common subsequence with `candidate`; ties as rouge_score breaks them. */
function commonPositions(target: readonly string[], candidate: readonly string[]): number[] {
  const width = candidate.length + 1;
  const table = new Int32Array((target.length + 1) * width);
  for (let i = 1; i <= target.length; i++) {
    for (let j = 1; j <= candidate.length; j++) {
      table[i * width + j] =
        target[i - 1] === candidate[j - 1]
          ? table[(i - 1) * width + j - 1]! + 1
          : Math.max(table[(i - 1) * width + j]!, table[i * width + j - 1]!);
    }
  }
  const positions: number[] = [];
  let i = target.length;
  let j = candidate.length;
  while (i > 0 && j > 0) {
    if (target[i - 1] === candidate[j - 1]) {
      positions.push(i - 1);
      i--;
      j--;
    } else if (table[i * width + j - 1]! > table[(i - 1) * width + j]!) j--;
    else i--;
  }
  return positions;
}

const lines = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(tokenise);

function countTokens(texts: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of texts.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function rougeLsum(prediction: string, target: string): number {
  const predicted = lines(prediction);
  const wanted = lines(target);
  const predictedLength = predicted.reduce((sum, line) => sum + line.length, 0);
  const wantedLength = wanted.reduce((sum, line) => sum + line.length, 0);
  if (predictedLength === 0 || wantedLength === 0) return 0;
  const unusedPredicted = countTokens(predicted);
  const unusedWanted = countTokens(wanted);
  let hits = 0;
  for (const line of wanted) {
    const union = new Set(predicted.flatMap((candidate) => commonPositions(line, candidate)));
    for (const position of union) {
      const token = line[position]!;
      const left = unusedPredicted.get(token) ?? 0;
      const leftWanted = unusedWanted.get(token) ?? 0;
      if (left === 0 || leftWanted === 0) continue;
      hits++;
      unusedPredicted.set(token, left - 1);
      unusedWanted.set(token, leftWanted - 1);
    }
  }
  return fMeasure(hits, predictedLength, wantedLength);
}

export interface RougeScores {
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeLsum: number;
}

/** F measures (0 to 1) of one row, as rouge_score 0.1.2 without stemming; sentences are told apart by ` . ` (T5). */
export function rougeRow(prediction: string, target: string): RougeScores {
  const predictedText = prediction.replaceAll(' . ', ' .\n');
  const targetText = target.replaceAll(' . ', ' .\n');
  const predicted = tokenise(predictedText);
  const wanted = tokenise(targetText);
  return {
    rouge1: rougeN(predicted, wanted, 1),
    rouge2: rougeN(predicted, wanted, 2),
    rougeLsum: rougeLsum(predictedText, targetText),
  };
}

/** ROUGE-1, ROUGE-2 and ROUGE-Lsum F in percent: the plain mean over rows. */
export const rouge: MetricSpec = {
  name: 'ROUGE',
  resultKeys: ['rouge1', 'rouge2', 'rougeLsum'],
  mainKey: 'rouge1',
  higherIsBetter: true,
  aggregation: 'mean',
  shares: [],
  bootstrapped: ['rouge1', 'rouge2', 'rougeLsum'],
  resampledByReference: true,
  source: 'rouge_score 0.1.2; t5/evaluation/metrics.py rouge',
  prepare(rows) {
    const scores = rows.map(({ prediction, target }) => rougeRow(prediction, goldAnswer(target)));
    return meanOfRows(
      {
        rouge1: Float64Array.from(scores, (row) => row.rouge1),
        rouge2: Float64Array.from(scores, (row) => row.rouge2),
        rougeLsum: Float64Array.from(scores, (row) => row.rougeLsum),
      },
      'rouge1',
    );
  },
};
