import { LanguageModelError } from '../errors.js';
import { byteSpans, GPT2_PATTERN, toByteCharacters } from './byte-level.js';
import {
  ByteLevelPreTokenizer,
  type LibraryTokenizer,
  MetaspacePreTokenizer,
  type PreTokenizer,
  WhitespaceSplitPreTokenizer,
} from './library.js';
import { flattenPreTokenizer, preTokenizerStep } from './pre-tokenizers.js';
import { unigramSplitter } from './unigram.js';

/** The tokens of one piece (what the pre-tokenizer splits text into), with UTF-16 ranges inside the piece. */
export interface EncodedPiece {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** How one tokenizer cuts text into pieces and encodes each. */
export interface PieceEncoder {
  split(text: string, isFirst: boolean): readonly string[];
  encode(piece: string): EncodedPiece;
  /** Spelling of a piece or text in which both can be compared. */
  fold(text: string): string;
  /** White space of the text is in no piece: what a piece begins with was put there. T5 has it so. */
  readonly dropsSpace: boolean;
}

/**
 * Chooses the exact byte-level way where the pre-tokenizer has ByteLevel in it, the matching way elsewhere. Steps behind
 * ByteLevel, which Falcon has, cut the characters that stand for bytes.
 */
export function pieceEncoder(library: LibraryTokenizer): PieceEncoder {
  const steps = flattenPreTokenizer(library.pre_tokenizer, library.tokenizer.pre_tokenizer);
  const bytesAt = steps.findIndex((step) => step instanceof ByteLevelPreTokenizer);
  const byteLevel = steps[bytesAt];
  const metaspace = steps.flatMap((step) => (step instanceof MetaspacePreTokenizer ? [step] : [])).at(0);
  const splitWith = (used: readonly PreTokenizer[]) => {
    const cuts = used.map(preTokenizerStep);
    return (text: string, isFirst: boolean) => cuts.reduce((pieces, cut) => cut(pieces, isFirst), [text]);
  };
  if (byteLevel instanceof ByteLevelPreTokenizer) {
    const before = splitWith(steps.slice(0, bytesAt));
    const after = splitWith(steps.slice(bytesAt + 1));
    const { add_prefix_space: addPrefixSpace, use_regex: useRegex } = byteLevel;
    return {
      split(text, isFirst) {
        const pieces = before(text, isFirst).map((piece) =>
          addPrefixSpace && !piece.startsWith(' ') ? ` ${piece}` : piece,
        );
        return useRegex ? pieces.flatMap((piece) => piece.match(GPT2_PATTERN) ?? []) : pieces;
      },
      encode: (piece) => encodeBytes(library, piece, after),
      fold: (text) => text,
      dropsSpace: false,
    };
  }
  const fold = metaspace ? (text: string) => text.replaceAll(metaspace.replacement, ' ') : (text: string) => text;
  const { type, byte_fallback: fallsBack } = library.model.config;
  const encode = type === 'Unigram' && fallsBack ? encodeStretches : encodeCharacters;
  const cutPiece = type === 'Unigram' ? unigramCut(library) : (piece: string) => library.model._call([piece]);
  const dropsSpace = metaspace !== undefined && steps.some((step) => step instanceof WhitespaceSplitPreTokenizer);
  return { split: splitWith(steps), encode: (piece) => encode(library, piece, cutPiece(piece)), fold, dropsSpace };
}

function unigramCut({ model }: LibraryTokenizer): (piece: string) => readonly string[] {
  return unigramSplitter({ tokens: model.vocab, scores: model.scores ?? [], unkId: model.unk_token_id });
}

function idOf({ model }: LibraryTokenizer, token: string): number {
  return model.tokens_to_ids.get(token) ?? model.unk_token_id ?? -1;
}

/** Byte-level: each character of a token is one byte, so ranges are exact. A character cut in two belongs to both. */
function encodeBytes(
  library: LibraryTokenizer,
  piece: string,
  cut: (mapped: string, isFirst: boolean) => readonly string[],
): EncodedPiece {
  const mapped = toByteCharacters(piece);
  const tokens = library.model._call(cut(mapped, false));
  const { starts: byteStarts, ends: byteEnds } = byteSpans(piece);
  const ids: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const token of tokens) {
    if (!mapped.startsWith(token, at)) throw unaligned(piece, token);
    ids.push(idOf(library, token));
    starts.push(byteStarts[at]!);
    at += token.length;
    ends.push(byteEnds[at - 1]!);
  }
  if (at !== mapped.length) throw unaligned(piece, 'the end');
  return { ids, starts, ends };
}

/** WordPiece, Unigram and character BPE: a token is a stretch of the piece, bare of its markers. */
function encodeCharacters(library: LibraryTokenizer, piece: string, tokens: readonly string[]): EncodedPiece {
  const { model } = library;
  const ids = tokens.map((token) => idOf(library, token));
  const prefix = model.config.continuing_subword_prefix ?? '';
  const isSingle = model.config.type === 'BPE' && model.config.fuse_unk !== true;
  const suffix = model.end_of_word_suffix ?? '';
  const starts: number[] = [];
  const ends: number[] = [];
  const plain = tokens.map((token, i) => {
    let text = token;
    if (i > 0 && prefix !== '' && text.startsWith(prefix)) text = text.slice(prefix.length);
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
  });
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const run = byteRun(tokens, i);
    if (run > 0 && !piece.startsWith(tokens[i]!, at)) {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        Uint8Array.from(tokens.slice(i, i + run), (token) => Number(token.slice(1, -1))),
      );
      if (!piece.startsWith(text, at)) throw unaligned(piece, tokens[i]!);
      const spans = byteSpans(text);
      for (let k = 0; k < run; k++) {
        starts.push(at + spans.starts[k]!);
        ends.push(at + spans.ends[k]!);
      }
      at += text.length;
      i += run - 1;
      continue;
    }
    starts.push(at);
    if (tokens[i] === model.unk_token && !piece.startsWith(plain[i]!, at)) {
      at = isSingle ? at + characterAt(piece, at).length : endOfUnknown(piece, at, plain[i + 1]);
    } else {
      if (!piece.startsWith(plain[i]!, at)) throw unaligned(piece, plain[i]!);
      at += plain[i]!.length;
    }
    ends.push(at);
  }
  return { ids, starts, ends };
}

const characterAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at)!);

/** An unknown token stands for whatever lies before the next known one. */
function endOfUnknown(piece: string, at: number, next: string | undefined): number {
  const end = next === undefined ? piece.length : piece.indexOf(next, at + 1);
  if (end < 0) throw unaligned(piece, next ?? '');
  return end;
}

/**
 * Unigram that falls back to bytes: a stretch outside the vocabulary is spelt in byte tokens, if all are there, and each
 * has the range of the stretch. @see huggingface/tokenizers `models/unigram/model.rs` tokenize
 */
function encodeStretches(library: LibraryTokenizer, piece: string, stretches: readonly string[]): EncodedPiece {
  const { tokens_to_ids: known } = library.model;
  const ids: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const stretch of stretches) {
    if (!piece.startsWith(stretch, at)) throw unaligned(piece, stretch);
    const bytes = known.has(stretch)
      ? []
      : Array.from(new TextEncoder().encode(stretch), (byte) => known.get(byteToken(byte)));
    const spelt = bytes.filter((id) => id !== undefined);
    const own = bytes.length > 0 && spelt.length === bytes.length ? spelt : [idOf(library, stretch)];
    ids.push(...own);
    starts.push(...own.map(() => at));
    at += stretch.length;
    ends.push(...own.map(() => at));
  }
  return { ids, starts, ends };
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** How many tokens from `from` on are byte tokens such as `<0x0A>`. */
function byteRun(tokens: readonly string[], from: number): number {
  let run = 0;
  while (/^<0x[0-9A-F]{2}>$/.test(tokens[from + run] ?? '')) run++;
  return run;
}

export function unaligned(piece: string, token: string): LanguageModelError {
  return new LanguageModelError('TOKENIZER_OFFSETS_UNALIGNED', {
    what: 'Tokens could not be located in the text.',
    why: `In ${JSON.stringify(piece.slice(0, 80))} there is no place for ${JSON.stringify(token.slice(0, 80))}.`,
    fix: 'This tokenizer rewrites text in a way that is not followed yet: please report it with the tokenizer.json.',
  });
}
