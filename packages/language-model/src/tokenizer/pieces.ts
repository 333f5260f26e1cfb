import { LanguageModelError } from '../errors.js';
import { byteSpans, GPT2_PATTERN, toByteCharacters } from './byte-level.js';
import { ByteLevelPreTokenizer, type LibraryTokenizer, MetaspacePreTokenizer, type PreTokenizer } from './library.js';
import { flattenPreTokenizer, preTokenizerStep } from './pre-tokenizers.js';

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
}

/** Chooses the exact byte-level way where the pre-tokenizer ends in ByteLevel, the matching way elsewhere. */
export function pieceEncoder(library: LibraryTokenizer): PieceEncoder {
  const steps = flattenPreTokenizer(library.pre_tokenizer);
  const last = steps.at(-1);
  const metaspace = steps.flatMap((step) => (step instanceof MetaspacePreTokenizer ? [step] : [])).at(0);
  const splitWith = (used: readonly PreTokenizer[]) => {
    const cuts = used.map(preTokenizerStep);
    return (text: string, isFirst: boolean) => cuts.reduce((pieces, cut) => cut(pieces, isFirst), [text]);
  };
  if (last instanceof ByteLevelPreTokenizer) {
    const before = splitWith(steps.slice(0, -1));
    const { add_prefix_space: addPrefixSpace, use_regex: useRegex } = last;
    return {
      split(text, isFirst) {
        const pieces = before(text, isFirst).map((piece) =>
          addPrefixSpace && !piece.startsWith(' ') ? ` ${piece}` : piece,
        );
        return useRegex ? pieces.flatMap((piece) => piece.match(GPT2_PATTERN) ?? []) : pieces;
      },
      encode: (piece) => encodeBytes(library, piece),
      fold: (text) => text,
    };
  }
  const fold = metaspace ? (text: string) => text.replaceAll(metaspace.replacement, ' ') : (text: string) => text;
  return { split: splitWith(steps), encode: (piece) => encodeCharacters(library, piece), fold };
}

function idOf({ model }: LibraryTokenizer, token: string): number {
  return model.tokens_to_ids.get(token) ?? model.unk_token_id ?? -1;
}

/** Byte-level: each character of a token is one byte, so ranges are exact. A character cut in two belongs to both. */
function encodeBytes(library: LibraryTokenizer, piece: string): EncodedPiece {
  const mapped = toByteCharacters(piece);
  const tokens = library.model._call([mapped]);
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
function encodeCharacters(library: LibraryTokenizer, piece: string): EncodedPiece {
  const { model } = library;
  const tokens = model._call([piece]);
  const ids = tokens.map((token) => idOf(library, token));
  const prefix = model.config.continuing_subword_prefix ?? '';
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
      // An unknown token stands for whatever lies before the next known one.
      const next = plain[i + 1];
      const end = next === undefined ? piece.length : piece.indexOf(next, at + 1);
      if (end < 0) throw unaligned(piece, next ?? '');
      at = end;
    } else {
      if (!piece.startsWith(plain[i]!, at)) throw unaligned(piece, plain[i]!);
      at += plain[i]!.length;
    }
    ends.push(at);
  }
  return { ids, starts, ends };
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
