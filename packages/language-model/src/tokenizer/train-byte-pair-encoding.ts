import { LanguageModelError } from '../errors.js';
import type { JsonObject } from '../model-config.js';
import { BYTE_CHARACTERS, GPT2_PATTERN, toByteCharacters } from './byte-level.js';
import { MergeQueue } from './merge-queue.js';

export interface BytePairOptions {
  /** Entries wanted: special tokens, 256 bytes, then merges. Fewer come out when the text has no more pairs. */
  readonly vocabularySize: number;
  /** Get the ids 0, 1, … in this order, and are never split. */
  readonly specialTokens: readonly string[];
  /** Special tokens put before each encoded text, as `<s>` for RoBERTa. */
  readonly before?: readonly string[];
  /** Special tokens put after each encoded text. */
  readonly after?: readonly string[];
}

/**
 * Trains a byte-level BPE vocabulary and returns the content of a tokenizer.json in Hugging Face's format. The most
 * frequent pair is merged first, the pair of lowest ids among equals: the rule of `tokenizers`' BpeTrainer, so the
 * same texts give the same vocabulary there.
 * @throws {LanguageModelError} `TOKENIZER_TRAINING_INVALID`
 * @see Sennrich et al. 2016, arXiv:1508.07909; huggingface/tokenizers `models/bpe/trainer.rs`
 */
export function trainBytePairEncoding(texts: Iterable<string>, options: BytePairOptions): JsonObject {
  const { specialTokens, vocabularySize } = options;
  checkOptions(options);
  const vocabulary = [...specialTokens, ...[...BYTE_CHARACTERS].sort()];
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const words = [...countPieces(texts, specialTokens)].map(([piece, count]) => ({
    symbols: Array.from(toByteCharacters(piece), (character) => ids.get(character)!),
    count,
  }));
  const merges: string[] = [];
  const queue = new MergeQueue(words);
  while (vocabulary.length < vocabularySize) {
    const pair = queue.takeMostFrequent();
    if (!pair) break;
    const merged = vocabulary[pair.left]! + vocabulary[pair.right]!;
    // Two ways to the same token share its id, as in the reference.
    const id = ids.get(merged) ?? vocabulary.length;
    if (id === vocabulary.length) {
      vocabulary.push(merged);
      ids.set(merged, id);
    }
    merges.push(`${vocabulary[pair.left]} ${vocabulary[pair.right]}`);
    queue.merge(pair, id);
  }
  return tokenizerJson(vocabulary, merges, options);
}

/** How often each piece occurs, special tokens in the text left out. */
function countPieces(texts: Iterable<string>, specialTokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    let parts = [text];
    for (const special of specialTokens) parts = parts.flatMap((part) => part.split(special));
    for (const part of parts) {
      for (const piece of part.match(GPT2_PATTERN) ?? []) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
  }
  return counts;
}

function checkOptions({ vocabularySize, specialTokens, before = [], after = [] }: BytePairOptions): void {
  const invalid = (why: string, fix: string): LanguageModelError =>
    new LanguageModelError(
      'TOKENIZER_TRAINING_INVALID',
      { what: 'No tokenizer can be trained.', why, fix },
      { kind: 'usage' },
    );
  const least = 256 + specialTokens.length;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least || vocabularySize > 2 ** 20) {
    throw invalid(
      `vocabularySize is ${vocabularySize}.`,
      `Give a whole number from ${least} (256 bytes and the special tokens) to ${2 ** 20}.`,
    );
  }
  if (specialTokens.includes('') || new Set(specialTokens).size < specialTokens.length) {
    throw invalid('A special token is empty or given twice.', 'Name each once.');
  }
  for (const token of [...before, ...after]) {
    if (!specialTokens.includes(token)) throw invalid(`"${token}" is no special token.`, 'Add it to specialTokens.');
  }
}

function tokenizerJson(vocabulary: readonly string[], merges: readonly string[], options: BytePairOptions): JsonObject {
  const { specialTokens, before = [], after = [] } = options;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const wrapped = (sequence: object) => [...before.map(special), sequence, ...after.map(special)];
  const template = {
    type: 'TemplateProcessing',
    single: wrapped({ Sequence: { id: 'A', type_id: 0 } }),
    pair: [
      ...wrapped({ Sequence: { id: 'A', type_id: 0 } }),
      { Sequence: { id: 'B', type_id: 0 } },
      ...after.map(special),
    ],
    special_tokens: Object.fromEntries(
      [...new Set([...before, ...after])]
        .sort()
        .map((token) => [token, { id: token, ids: [specialTokens.indexOf(token)], tokens: [token] }]),
    ),
  };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: before.length + after.length > 0 ? template : byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
}
