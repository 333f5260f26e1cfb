import { type Baseline, rescale } from './baseline.js';
import { BertScoreError } from './errors.js';
import { inverseDocumentFrequency, type TokenWeight, uniformWeight } from './idf.js';
import { type EncodingCounts, scorePairs, type TextPair } from './pair-scores.js';
import { pythonStrip } from './python-strip.js';
import { bertScoreSignature } from './signature.js';
import type { TokenEncoder } from './token-encoder.js';
import type { PairScore } from './token-match.js';

export interface BertScoreOptions {
  readonly encoder: TokenEncoder;
  readonly candidates: readonly string[];
  /** One reference for each candidate, or several, of which the best counts. */
  readonly references: readonly (string | readonly string[])[];
  /** True: inverse document frequency over the references of this call. A function: weights of one's own. */
  readonly idf?: boolean | TokenWeight;
  /** Rescales every number. See `englishBaseline` and `readBaseline`. */
  readonly baseline?: Baseline;
  readonly signal?: AbortSignal;
}

export interface BertScores {
  /** One number per candidate, as are `recall` and `f1`; NaN where no token of the candidate has weight. */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly f1: Float64Array;
  readonly signature: string;
  readonly counts: EncodingCounts;
}

/**
 * BERTScore as bert_score 0.3.13 computes it: texts stripped and encoded with special tokens, each token matched to the
 * most similar token of the other side. With several references the best precision, recall and F1 are taken separately,
 * before rescaling.
 * @throws {BertScoreError} `BERTSCORE_LENGTH_MISMATCH`, `BERTSCORE_REFERENCES_EMPTY`
 * @see Zhang et al. 2020, arXiv:1904.09675; Tiiiger/bert_score, tag v0.3.13
 */
export async function bertScore(options: BertScoreOptions): Promise<BertScores> {
  const { encoder, candidates, idf = false, baseline, signal } = options;
  const groups = referenceGroups(candidates, options.references);
  const pairs: TextPair[] = groups.flatMap((group, i) =>
    group.map((reference) => ({ candidate: pythonStrip(candidates[i]!), reference })),
  );
  const { scores, counts } = await scorePairs(encoder, pairs, tokenWeight(encoder, pairs, idf), signal);

  const precision = new Float64Array(groups.length);
  const recall = new Float64Array(groups.length);
  const f1 = new Float64Array(groups.length);
  let next = 0;
  for (const [i, group] of groups.entries()) {
    const best = bestScore(scores.slice(next, next + group.length));
    next += group.length;
    const score = baseline === undefined ? best : rescale(best, baseline);
    precision[i] = score.precision;
    recall[i] = score.recall;
    f1[i] = score.f1;
  }
  const signature = bertScoreSignature({
    model: encoder.name,
    layer: encoder.layer,
    idf: idf !== false,
    ...(baseline === undefined ? {} : { baseline }),
  });
  return { precision, recall, f1, signature, counts };
}

function referenceGroups(
  candidates: readonly string[],
  references: BertScoreOptions['references'],
): readonly (readonly string[])[] {
  if (candidates.length !== references.length) {
    throw new BertScoreError('BERTSCORE_LENGTH_MISMATCH', {
      what: 'Candidates and references do not pair up.',
      why: `There are ${candidates.length} candidates and ${references.length} references.`,
      fix: 'Give one reference, or one list of references, for each candidate.',
    });
  }
  const groups = references.map((group) => (typeof group === 'string' ? [group] : group).map(pythonStrip));
  const empty = groups.findIndex((group) => group.length === 0);
  if (empty < 0) return groups;
  throw new BertScoreError('BERTSCORE_REFERENCES_EMPTY', {
    what: `Candidate ${empty} has no reference.`,
    why: 'Its list of references is empty, so there is nothing to compare with.',
    fix: 'Give at least one reference for each candidate, or leave the candidate out.',
  });
}

function tokenWeight(encoder: TokenEncoder, pairs: readonly TextPair[], idf: boolean | TokenWeight): TokenWeight {
  if (typeof idf === 'function') return idf;
  if (!idf) return uniformWeight(encoder.specialIds);
  const known = new Map<string, Int32Array>();
  for (const { reference } of pairs) {
    if (!known.has(reference)) known.set(reference, encoder.tokenize(reference).ids);
  }
  return inverseDocumentFrequency(pairs.map(({ reference }) => known.get(reference)!));
}

function bestScore(scores: readonly PairScore[]): PairScore {
  return {
    precision: Math.max(...scores.map(({ precision }) => precision)),
    recall: Math.max(...scores.map(({ recall }) => recall)),
    f1: Math.max(...scores.map(({ f1 }) => f1)),
  };
}
