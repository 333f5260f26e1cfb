import { LanguageModelError } from '../errors.js';
import type { JsonObject } from '../model-config.js';
import { addedTokenSplitter, type Section } from './added-tokens.js';
import { type AlignedText, identity, normaliseAligned, sliceAligned } from './aligned-text.js';
import {
  type AddedToken,
  ByteFallbackDecoder,
  type Decoder,
  type LibraryTokenizer,
  LibraryTokenizerClass,
} from './library.js';
import { type EncodedPiece, type PieceEncoder, pieceEncoder, unaligned } from './pieces.js';
import { withTokenizerConfig } from './tokenizer-config.js';

/** Tokens of one text. */
export interface Encoding {
  readonly ids: Int32Array;
  /**
   * Two numbers a token: where it starts and ends in the text, in UTF-16 units (as `text.slice` counts). A space that
   * belongs to a token is inside its range. Tokens the post-processor added have start = end; a prefix space that is
   * not in the text stands where the first character does. A character split into several tokens belongs to each.
   */
  readonly offsets: Int32Array;
}

export interface Tokenizer {
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): Encoding;
  /** Ids outside the vocabulary are skipped, as in Python. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  readonly bosId?: number;
  readonly eosId?: number;
  /** Every id that ends a text: `eosId` first, then those only generation_config.json names. */
  readonly eosIds: readonly number[];
  readonly padId?: number;
  readonly unkId?: number;
  /** One more than the largest id. */
  readonly vocabSize: number;
}

/** Ids of the tokens with a role, as the files of a model folder name them. */
export interface SpecialIds {
  readonly bosId?: number;
  readonly eosIds?: readonly number[];
  readonly padId?: number;
}

const MODEL_KINDS: readonly string[] = ['BPE', 'WordPiece', 'Unigram'];

/** Pieces that are remembered; most text repeats few. */
const CACHE_PIECES = 50_000;
const CACHED_LENGTH = 64;

/**
 * Makes a tokenizer from the content of tokenizer.json. Models, normalisers and decoders are those of
 * `@huggingface/tokenizers`; added tokens, splitting and offsets are ours, for it gives no offsets, ignores
 * `single_word`, and splits with JavaScript's `\s`, `\w` and `\d` where the Rust crate has Unicode's.
 * @throws {LanguageModelError} `TOKENIZER_INVALID`; encoding may throw `TOKENIZER_OFFSETS_UNALIGNED`
 */
export function createTokenizer(
  tokenizerJson: JsonObject,
  tokenizerConfig: JsonObject = {},
  special: SpecialIds | ((idOf: Tokenizer['idOf']) => SpecialIds) = {},
  source = 'tokenizer.json',
): Tokenizer {
  const library = construct(tokenizerJson, tokenizerConfig, source);
  const { model } = library;
  const added = [...library.get_added_tokens_decoder().values()];
  const splitRaw = addedTokenSplitter(byContent(library, added, false));
  const splitNormalised = addedTokenSplitter(byContent(library, added, true));
  const pieces = pieceEncoder(library);
  const [before, after] = wrapping(library);
  const cache = new Map<string, EncodedPiece>();
  const encodePiece = (piece: string): EncodedPiece => {
    const known = cache.get(piece);
    if (known) return known;
    const encoded = pieces.encode(piece);
    if (encoded.ids.includes(-1)) throw unaligned(piece, 'a token outside the vocabulary');
    if (piece.length <= CACHED_LENGTH) {
      if (cache.size >= CACHE_PIECES) cache.clear();
      cache.set(piece, encoded);
    }
    return encoded;
  };
  const sections = function* (text: string): Generator<{ token?: AddedToken; part: AlignedText; isFirst: boolean }> {
    for (const section of splitRaw(text)) {
      const part = identity(text.slice(section.start, section.end), section.start);
      if (section.token) {
        yield { token: section.token, part, isFirst: false };
        continue;
      }
      const normalised = normaliseAligned(part, library.normalizer);
      for (const inner of splitNormalised(normalised.text)) yield toSection(inner, normalised, section.start === 0);
    }
  };
  const clean = tokenizerConfig.clean_up_tokenization_spaces === true;
  const idOf = (token: string): number | undefined => model.tokens_to_ids.get(token);
  const { bosId, padId, eosIds = [] } = typeof special === 'function' ? special(idOf) : special;
  const size = model.vocab.length;
  return {
    encode(text, { addSpecialTokens = true } = {}) {
      const out = new EncodingBuilder();
      if (addSpecialTokens) for (const id of before) out.push(id, 0, 0);
      for (const { token, part, isFirst } of sections(text)) {
        if (token) out.push(token.id, part.starts[0]!, part.ends.at(-1)!);
        else encodeSection(out, part, pieces, encodePiece, isFirst);
      }
      if (addSpecialTokens) for (const id of after) out.push(id, text.length, text.length);
      return out.finish();
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const known = Array.from(ids).filter((id) => model.vocab[id] !== undefined);
      if (known.length === 0) return '';
      return library.decode(known, { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: clean });
    },
    idOf,
    tokenOf: (id) => model.vocab[id],
    ...(bosId === undefined ? {} : { bosId }),
    ...(eosIds[0] === undefined ? {} : { eosId: eosIds[0] }),
    eosIds,
    ...(padId === undefined ? {} : { padId }),
    ...(typeof model.unk_token_id === 'number' ? { unkId: model.unk_token_id } : {}),
    vocabSize: size,
  };
}

function construct(tokenizerJson: JsonObject, tokenizerConfig: JsonObject, source: string): LibraryTokenizer {
  const invalid = (why: string, cause?: unknown): LanguageModelError =>
    new LanguageModelError(
      'TOKENIZER_INVALID',
      {
        what: `"${source}" is no tokenizer that can be used.`,
        why,
        fix: 'Save it again with save_pretrained of transformers 4 or later.',
      },
      cause === undefined ? {} : { cause },
    );
  const model = tokenizerJson.model;
  if (typeof model !== 'object' || model === null || !('vocab' in model))
    throw invalid('It has no model with a vocabulary.');
  if ('type' in model && !MODEL_KINDS.includes(String(model.type))) {
    throw invalid(`Its model is of the kind ${JSON.stringify(model.type)}; known are ${MODEL_KINDS.join(', ')}.`);
  }
  try {
    // Optional parts may be left out of the file; the library wants them named.
    const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
    const library = new LibraryTokenizerClass(
      { ...parts, ...withTokenizerConfig(tokenizerJson, tokenizerConfig) },
      tokenizerConfig,
    );
    decodeBytesExactly(library.decoder);
    return library;
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * Byte tokens as the Rust crate decodes them: a run that is no UTF-8 becomes one replacement character for each byte, and
 * a byte order mark is kept. @see huggingface/tokenizers `decoders/byte_fallback.rs`
 */
function decodeBytesExactly(decoder: Decoder | null): void {
  if (decoder instanceof ByteFallbackDecoder) decoder.text_decoder = { decode: decodeRun };
  for (const step of decoder?.decoders ?? []) decodeBytesExactly(step);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeRun(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}

/** The added tokens that are looked for before (`normalised` false) or after normalisation, by what is looked for. */
function byContent(
  library: LibraryTokenizer,
  added: readonly AddedToken[],
  normalised: boolean,
): ReadonlyMap<string, AddedToken> {
  const map = new Map<string, AddedToken>();
  for (const token of added) {
    if ((token.normalized && library.normalizer !== null) !== normalised) continue;
    map.set(normalised ? normaliseAligned(identity(token.content), library.normalizer).text : token.content, token);
  }
  return map;
}

/** The ids that the post-processor puts before and after a text. */
function wrapping(library: LibraryTokenizer): readonly [readonly number[], readonly number[]] {
  if (library.post_processor === null) return [[], []];
  const text = '\0text';
  const tokens = library.post_processor.post_process([text], null, true).tokens;
  const ids = (part: readonly string[]) =>
    part.map((token) => library.model.tokens_to_ids.get(token)).filter((id) => id !== undefined);
  const at = tokens.indexOf(text);
  return [ids(tokens.slice(0, at)), ids(tokens.slice(at + 1))];
}

function toSection(
  { start, end, token }: Section,
  normalised: AlignedText,
  isFirst: boolean,
): { token?: AddedToken; part: AlignedText; isFirst: boolean } {
  const part = sliceAligned(normalised, start, end);
  return { ...(token ? { token } : {}), part, isFirst: isFirst && start === 0 };
}

function encodeSection(
  out: EncodingBuilder,
  { text, starts, ends }: AlignedText,
  pieces: PieceEncoder,
  encodePiece: (piece: string) => EncodedPiece,
  isFirst: boolean,
): void {
  if (text === '') return;
  const folded = pieces.fold(text);
  let cursor = 0;
  for (const piece of pieces.split(text, isFirst)) {
    if (piece === '') continue;
    const { start, skipped } = pieces.dropsSpace
      ? locateWord(piece, text, cursor)
      : locate(pieces.fold(piece), folded, cursor);
    const place = (inPiece: number): number => start + Math.max(0, inPiece - skipped);
    const encoded = encodePiece(piece);
    for (let i = 0; i < encoded.ids.length; i++) {
      const from = place(encoded.starts[i]!);
      const to = place(encoded.ends[i]!);
      // A token of the prefix alone takes the first character, as in Python.
      const last = to > from ? to - 1 : from + (text.codePointAt(from)! > 0xffff ? 1 : 0);
      out.push(encoded.ids[i]!, starts[from] ?? ends.at(-1)!, ends[last] ?? ends.at(-1)!);
    }
    cursor = place(piece.length);
  }
}

/** `skipped` of the first units of a piece are a prefix that the text does not have. */
interface Place {
  readonly start: number;
  readonly skipped: number;
}

/** Where a piece that was cut at white space lies in its text: what it begins with is a prefix unless the text has it. */
function locateWord(piece: string, text: string, cursor: number): Place {
  const start = cursor + text.slice(cursor).search(/\P{White_Space}|$/u);
  if (text.startsWith(piece, start)) return { start, skipped: 0 };
  if (text.startsWith(piece.slice(1), start)) return { start, skipped: 1 };
  throw unaligned(text.slice(cursor), piece);
}

/** Where a piece lies in its text. */
function locate(piece: string, text: string, cursor: number): Place {
  if (text.startsWith(piece, cursor)) return { start: cursor, skipped: 0 };
  if (piece.startsWith(' ') && text.startsWith(piece.slice(1), cursor)) return { start: cursor, skipped: 1 };
  const start = text.indexOf(piece, cursor);
  if (start < 0) throw unaligned(text.slice(cursor), piece);
  return { start, skipped: 0 };
}

class EncodingBuilder {
  readonly #ids: number[] = [];
  readonly #offsets: number[] = [];

  push(id: number, start: number, end: number): void {
    this.#ids.push(id);
    this.#offsets.push(start, end);
  }

  finish(): Encoding {
    return { ids: Int32Array.from(this.#ids), offsets: Int32Array.from(this.#offsets) };
  }
}
