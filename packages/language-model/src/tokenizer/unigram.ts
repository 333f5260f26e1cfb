/** What a Unigram model knows: tokens and the logarithms of their probabilities. */
export interface UnigramVocabulary {
  readonly tokens: readonly (string | undefined)[];
  readonly scores: readonly number[];
  readonly unkId: number | undefined;
}

/** How much less likely an unknown character is than the rarest token. */
const UNKNOWN_PENALTY = 10;

/**
 * Cuts text into its likeliest tokens; neighbouring characters that no token covers are one stretch. Of equally likely ways
 * the last token of the better is the longer, as in Python: sums are compared where a token ends, in this order of
 * adding, since many tokens of a vocabulary are equally likely and the last bit decides. The library compares after it
 * added the next token.
 * @see huggingface/tokenizers `models/unigram/model.rs` encode_optimized; Kudo 2018, arXiv:1804.10959
 */
export function unigramSplitter({ tokens, scores, unkId }: UnigramVocabulary): (text: string) => readonly string[] {
  const known = new Map<string, number>();
  let longest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, score] of scores.entries()) {
    if (id === unkId) continue;
    const token = tokens[id]!;
    least = Math.min(least, score);
    known.set(token, score);
    longest = Math.max(longest, token.length);
  }
  const unknown = least - UNKNOWN_PENALTY;
  return (text) => {
    const begins = new Int32Array(text.length + 1).fill(-1);
    const sums = new Float64Array(text.length + 1);
    const covered = new Uint8Array(text.length + 1);
    const offer = (start: number, end: number, score: number, isKnown: boolean): void => {
      const sum = score + sums[start]!;
      if (begins[end]! >= 0 && sum <= sums[end]!) return;
      begins[end] = start;
      sums[end] = sum;
      covered[end] = Number(isKnown);
    };
    for (let start = 0; start < text.length; ) {
      const next = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      const last = Math.min(text.length, start + longest);
      for (let end = next; end <= last; end++) {
        const score = known.get(text.slice(start, end));
        if (score !== undefined) offer(start, end, score, true);
      }
      if (!known.has(text.slice(start, next))) offer(start, next, unknown, false);
      start = next;
    }
    return stretches(text, begins, covered);
  };
}

function stretches(text: string, begins: Int32Array, covered: Uint8Array): readonly string[] {
  const parts: string[] = [];
  for (let end = text.length; end > 0; ) {
    const isKnown = covered[end] === 1;
    let start = begins[end]!;
    while (!isKnown && start > 0 && covered[start] === 0) start = begins[start]!;
    parts.push(text.slice(start, end));
    end = start;
  }
  return parts.reverse();
}
