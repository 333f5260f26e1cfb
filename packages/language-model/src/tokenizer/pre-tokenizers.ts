import {
  BertPreTokenizer,
  DigitsPreTokenizer,
  MetaspacePreTokenizer,
  type PreTokenizer,
  type PreTokenizerConfig,
  PunctuationPreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  WhitespacePreTokenizer,
  WhitespaceSplitPreTokenizer,
} from './library.js';

/** Cuts each piece further. */
export type Step = (pieces: readonly string[], isFirst: boolean) => string[];

/** The steps of a pre-tokenizer, sequences opened. @param config its part of tokenizer.json */
export function flattenPreTokenizer(
  step: PreTokenizer | null,
  config: PreTokenizerConfig | null = null,
): readonly PreTokenizer[] {
  if (step === null) return [];
  // The library forgets what a Metaspace was told about splitting.
  if (step instanceof MetaspacePreTokenizer) step.config ??= config ?? {};
  if (!(step instanceof SequencePreTokenizer)) return [step];
  return step.tokenizers.flatMap((inner, i) => flattenPreTokenizer(inner, config?.pretokenizers?.[i]));
}

// What \w means to the Rust crate; JavaScript's is ASCII.
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
const WHITESPACE = new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu');
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;

/**
 * One step, as the Rust crate does it. The library's is used where it agrees. Elsewhere: its `\s` lacks U+0085 and has
 * U+FEFF, its `\w` and `\d` are ASCII, its Punctuation knows one behaviour only, its Split two, and its Metaspace never
 * splits.
 */
export function preTokenizerStep(step: PreTokenizer): Step {
  const own = OWN_STEPS.find(([kind]) => step instanceof kind)?.[1](step.config ?? {});
  if (own) return (pieces) => pieces.flatMap(own);
  if (step instanceof MetaspacePreTokenizer) return metaspace(step);
  if (step instanceof SplitPreTokenizer && !step.config.invert && MERGING.includes(step.config.behavior ?? '')) {
    const { pattern, config } = step;
    return (pieces) => pieces.flatMap((piece) => splitAt(piece, pattern, config.behavior!));
  }
  return (pieces, isFirst) => step.pre_tokenize(pieces, { section_index: isFirst ? 0 : 1 });
}

/** Spaces become marks, with one put before the text, and a piece begins at each. */
function metaspace({ replacement, config = {} }: InstanceType<typeof MetaspacePreTokenizer>): Step {
  const { split = true, prepend_scheme: scheme = 'always' } = config;
  const mark = new RegExp(replacement.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gu');
  return (pieces, isFirst) =>
    pieces.flatMap((piece, i) => {
      const marked = piece.replaceAll(' ', replacement);
      const begins = scheme === 'always' || (scheme === 'first' && isFirst && i === 0);
      const whole = begins && !marked.startsWith(replacement) ? replacement + marked : marked;
      return split ? splitAt(whole, mark, 'MergedWithNext') : [whole];
    });
}

interface StepConfig {
  readonly behavior?: string;
  readonly individual_digits?: boolean;
}

const words = (piece: string): readonly string[] => piece.match(/[^\p{White_Space}]+/gu) ?? [];

const OWN_STEPS: readonly (readonly [
  typeof WhitespacePreTokenizer,
  (config: StepConfig) => (piece: string) => readonly string[],
])[] = [
  [WhitespacePreTokenizer, () => (piece) => piece.match(WHITESPACE) ?? []],
  [WhitespaceSplitPreTokenizer, () => words],
  [BertPreTokenizer, () => (piece) => words(piece).flatMap((word) => splitAt(word, PUNCTUATION, 'Isolated'))],
  [
    PunctuationPreTokenizer,
    ({ behavior = 'Isolated' }) =>
      (piece) =>
        splitAt(piece, PUNCTUATION, behavior),
  ],
  [
    DigitsPreTokenizer,
    (config) => (piece) => splitAt(piece, /\p{N}/gu, config.individual_digits ? 'Isolated' : 'Contiguous'),
  ],
];

const MERGING: readonly string[] = ['MergedWithPrevious', 'MergedWithNext', 'Contiguous'];

/** Splits at the matches of a pattern. @see huggingface/tokenizers `tokenizer/normalizer.rs` SplitDelimiterBehavior */
function splitAt(text: string, pattern: RegExp, behavior: string): string[] {
  const parts: { text: string; isMatch: boolean }[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > done) parts.push({ text: text.slice(done, match.index), isMatch: false });
    if (match[0] !== '') parts.push({ text: match[0], isMatch: true });
    done = match.index + match[0].length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), isMatch: false });
  if (behavior === 'Removed') return parts.filter((part) => !part.isMatch).map((part) => part.text);
  const joins = JOINS[behavior] ?? (() => false);
  const out: string[] = [];
  for (const [i, part] of parts.entries()) {
    const previous = parts[i - 1];
    if (previous && joins(previous.isMatch, part.isMatch)) out[out.length - 1] += part.text;
    else out.push(part.text);
  }
  return out;
}

/** Whether a part joins the one before it, by whether each of them is a match. */
const JOINS: { readonly [behavior: string]: (before: boolean, here: boolean) => boolean } = {
  MergedWithPrevious: (before, here) => here && !before,
  MergedWithNext: (before, here) => before && !here,
  Contiguous: (before, here) => before === here,
};
