import { LanguageModelError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';

/** A text as an encoder reads it. */
export interface TokenizedText {
  /** Special tokens included. */
  readonly ids: Int32Array;
  /** True when tokens were cut off at the limit. */
  readonly truncated: boolean;
}

export interface EncoderTokenizer {
  /** The ids that stand around each text, such as `[CLS]` and `[SEP]`. */
  readonly specialIds: readonly number[];
  tokenize(text: string): TokenizedText;
}

export interface EncoderTokenizerOptions {
  /** Tokens of a text at most, special tokens included. */
  readonly maxLength: number;
  /** Encode the first word with the space that stands before words elsewhere. */
  readonly prefixSpace: boolean;
}

/** Wraps a tokenizer for an encoder: special tokens around each text, longer texts cut at the end of their content. */
export function encoderTokenizer(
  tokenizer: Tokenizer,
  { maxLength, prefixSpace }: EncoderTokenizerOptions,
): EncoderTokenizer {
  const specialIds = [...tokenizer.encode('').ids];
  const suffix = suffixLength(tokenizer, specialIds);
  if (maxLength <= specialIds.length) {
    throw new LanguageModelError('MODEL_CONFIG_INVALID', {
      what: 'The encoder has no room for text.',
      why: `It takes ${maxLength} tokens, and ${specialIds.length} of them are special tokens.`,
      fix: 'Check model_max_length in tokenizer_config.json and max_position_embeddings in config.json.',
    });
  }
  return {
    specialIds,
    tokenize(text) {
      const spaced = prefixSpace && text !== '' && !/^\s/u.test(text) ? ` ${text}` : text;
      const { ids } = tokenizer.encode(spaced);
      if (ids.length <= maxLength) return { ids, truncated: false };
      const cut = ids.slice(0, maxLength);
      cut.set(ids.subarray(ids.length - suffix), maxLength - suffix);
      return { ids: cut, truncated: true };
    },
  };
}

/** How many of the special tokens stand behind the text. */
function suffixLength(tokenizer: Tokenizer, specialIds: readonly number[]): number {
  const { ids } = tokenizer.encode('a');
  let prefix = 0;
  while (prefix < specialIds.length && ids[prefix] === specialIds[prefix]) prefix++;
  return specialIds.length - prefix;
}
