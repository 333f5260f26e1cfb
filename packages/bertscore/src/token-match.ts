/** One encoded text, ready to be matched. */
export interface WeightedTokens {
  /** Unit vectors (T, D), row-major. */
  readonly vectors: Float32Array;
  /** (T), not negative, summing to one; all NaN when no token of the text has weight. */
  readonly weights: Float64Array;
  readonly width: number;
}

export interface PairScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

const ZERO: PairScore = { precision: 0, recall: 0, f1: 0 };

/** Scales each row of `vectors` (T, D) to length one and the weights to sum one, into new arrays. */
export function prepareTokens(vectors: Float32Array, weights: ArrayLike<number>, width: number): WeightedTokens {
  const unit = new Float32Array(vectors.length);
  for (let start = 0; start < vectors.length; start += width) {
    let squares = 0;
    for (let d = start; d < start + width; d++) squares += vectors[d]! * vectors[d]!;
    const scale = 1 / Math.sqrt(squares);
    for (let d = start; d < start + width; d++) unit[d] = vectors[d]! * scale;
  }
  let total = 0;
  for (let t = 0; t < weights.length; t++) total += weights[t]!;
  // 0/0 stays NaN on purpose: bert_score then reports NaN for that side and an F1 of 0.
  return { vectors: unit, weights: Float64Array.from(weights, (weight) => weight / total), width };
}

/** Best cosine of each token: of candidate rows (M) over the reference's columns (N), and the other way round. */
function bestCosines(candidate: WeightedTokens, reference: WeightedTokens): [Float64Array, Float64Array] {
  const { vectors: a, width } = candidate;
  const { vectors: b } = reference;
  const rows = new Float64Array(candidate.weights.length).fill(-Infinity);
  const columns = new Float64Array(reference.weights.length).fill(-Infinity);
  for (let i = 0; i < rows.length; i++) {
    const rowStart = i * width;
    for (let j = 0; j < columns.length; j++) {
      const columnStart = j * width;
      let cosine = 0;
      for (let d = 0; d < width; d++) cosine += a[rowStart + d]! * b[columnStart + d]!;
      if (cosine > rows[i]!) rows[i] = cosine;
      if (cosine > columns[j]!) columns[j] = cosine;
    }
  }
  return [rows, columns];
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!;
  return sum;
}

/**
 * BERTScore of one candidate and one reference by greedy matching: each token takes its best cosine on the other side.
 * Precision is the weighted mean over the candidate's tokens, recall over the reference's, F1 their harmonic mean
 * (not-a-number becomes 0). A text of exactly two tokens (its special tokens alone) makes precision and recall 0.
 *
 * The score is that of the pair alone. bert_score pads the pairs of a batch, and padding counts as cosine 0, so there
 * a token whose best cosine is negative gets 0 in some company; here it keeps its cosine.
 * @see Zhang et al. 2020, arXiv:1904.09675, section 3; Tiiiger/bert_score v0.3.13 `utils.py`, `greedy_cos_idf`
 */
export function matchTokens(candidate: WeightedTokens, reference: WeightedTokens): PairScore {
  const [rows, columns] = bestCosines(candidate, reference);
  const precision = weightedMean(rows, candidate.weights);
  const recall = weightedMean(columns, reference.weights);
  const harmonic = (2 * precision * recall) / (precision + recall);
  const f1 = Number.isNaN(harmonic) ? 0 : harmonic;
  const empty = candidate.weights.length === 2 || reference.weights.length === 2;
  // As in bert_score, F1 is taken before precision and recall are cleared; with weight 0 on both tokens it is 0 too.
  return empty ? { ...ZERO, f1 } : { precision, recall, f1 };
}
