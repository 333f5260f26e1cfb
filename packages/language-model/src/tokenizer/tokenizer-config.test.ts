import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model-config.js';
import { createTokenizer } from './tokenizer.js';

const vocabulary = (...tokens: readonly string[]): JsonObject =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));
const encode = (json: JsonObject, config: JsonObject, text: string) => {
  const tokenizer = createTokenizer(json, config);
  return Array.from(tokenizer.encode(text).ids, (id) => tokenizer.tokenOf(id));
};

// As AutoTokenizer of transformers 5.23 reads such folders.
describe('tokenizer_config.json', () => {
  const bert = {
    model: {
      type: 'WordPiece',
      vocab: vocabulary('[UNK]', 'a', 'é', 'e', 'A', '狐', '狐狸'),
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      lowercase: true,
      strip_accents: null,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
  };
  it.each<[JsonObject, string, readonly string[]]>([
    [{}, 'A é', ['a', 'e']],
    [{ tokenizer_class: 'BertTokenizer', do_lower_case: false }, 'A é', ['A', 'é']],
    [{ tokenizer_class: 'DistilBertTokenizerFast', do_lower_case: true, strip_accents: false }, 'A é', ['a', 'é']],
    [{ tokenizer_class: 'BertTokenizerFast', tokenize_chinese_chars: false }, '狐狸', ['狐狸']],
    [{ tokenizer_class: 'PreTrainedTokenizerFast', do_lower_case: false }, 'A é', ['a', 'e']],
  ])('%j says how BERT normalises', (config, text, tokens) => {
    expect(encode(bert, config, text)).toEqual(tokens);
  });

  const bytes = {
    model: { type: 'BPE', vocab: vocabulary('a', 'Ġ', 'Ġa'), merges: [['Ġ', 'a']] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true, trim_offsets: true },
    decoder: { type: 'ByteLevel' },
  };
  it.each<[JsonObject, readonly string[]]>([
    [{ tokenizer_class: 'GPT2Tokenizer' }, ['a']],
    [{ tokenizer_class: 'RobertaTokenizerFast', add_prefix_space: true }, ['Ġa']],
    [{ tokenizer_class: 'PreTrainedTokenizerFast', add_prefix_space: true }, ['a']],
  ])('%j says whether the first word has a space', (config, tokens) => {
    expect(encode(bytes, config, 'a')).toEqual(tokens);
  });

  it('may have added tokens that tokenizer.json does not have', () => {
    const token = (content: string) => ({
      content,
      lstrip: false,
      rstrip: false,
      normalized: false,
      single_word: false,
      special: true,
    });
    const config = { added_tokens_decoder: { 4: token('<two>'), 3: token('<one>'), 0: token('a') } };
    const tokenizer = createTokenizer(bytes, config);
    expect([...tokenizer.encode('a<two><one>').ids]).toEqual([0, 4, 3]);
    expect([tokenizer.vocabSize, tokenizer.decode([0, 4], { skipSpecialTokens: true })]).toEqual([5, 'a']);
  });
});
