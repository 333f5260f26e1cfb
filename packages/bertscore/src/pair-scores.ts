import type { TokenWeight } from './idf.js';
import type { TokenEncoder } from './token-encoder.js';
import { matchTokens, type PairScore, prepareTokens, type WeightedTokens } from './token-match.js';

export interface TextPair {
  readonly candidate: string;
  readonly reference: string;
}

/** What the encoder did: every distinct text was encoded exactly once. */
export interface EncodingCounts {
  readonly distinctTexts: number;
  /** Distinct texts that were cut at the encoder's limit. */
  readonly truncatedTexts: number;
  readonly tokens: number;
}

/** Distinct texts encoded at a time: enough to sort by length, few enough to hold their vectors. */
const GROUP_TEXTS = 512;

/**
 * Scores pairs in order, encoding each distinct text once, when its first pair comes, and forgetting its vectors after
 * its last, so memory is bounded by the texts that still wait for a partner.
 */
export async function scorePairs(
  encoder: TokenEncoder,
  pairs: readonly TextPair[],
  weightOf: TokenWeight,
  signal: AbortSignal | undefined,
): Promise<{ scores: PairScore[]; counts: EncodingCounts }> {
  const usesLeft = new Map<string, number>();
  for (const { candidate, reference } of pairs) {
    for (const text of [candidate, reference]) usesLeft.set(text, (usesLeft.get(text) ?? 0) + 1);
  }
  const distinctTexts = usesLeft.size;
  const live = new Map<string, WeightedTokens>();
  let truncatedTexts = 0;
  let tokens = 0;

  async function encodeGroup(texts: readonly string[]): Promise<void> {
    const encoded = await encoder.encode(texts, signal === undefined ? {} : { signal });
    for (const [i, { ids, vectors, truncated }] of encoded.entries()) {
      live.set(texts[i]!, prepareTokens(vectors, Array.from(ids, weightOf), encoder.width));
      truncatedTexts += Number(truncated);
      tokens += ids.length;
    }
  }

  function use(text: string): void {
    const left = usesLeft.get(text)! - 1;
    usesLeft.set(text, left);
    if (left === 0) live.delete(text);
  }

  const scores: PairScore[] = [];
  let ready = 0;
  for (const [position, { candidate, reference }] of pairs.entries()) {
    if (position === ready) {
      const wanted = new Set<string>();
      while (ready < pairs.length && wanted.size < GROUP_TEXTS) {
        const next = pairs[ready++]!;
        for (const text of [next.candidate, next.reference]) if (!live.has(text)) wanted.add(text);
      }
      await encodeGroup([...wanted]);
      signal?.throwIfAborted();
    }
    scores.push(matchTokens(live.get(candidate)!, live.get(reference)!));
    use(candidate);
    use(reference);
  }
  return { scores, counts: { distinctTexts, truncatedTexts, tokens } };
}
