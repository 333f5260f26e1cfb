// Expected values: tokenizers 0.23.3 of Python, as conformance/differential_tokenizers.py compares them.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model-config.js';
import { createTokenizer } from './tokenizer.js';

const vocabulary = (...tokens: readonly string[]): JsonObject =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));
const tokensOf = (tokenizer: ReturnType<typeof createTokenizer>, text: string) => {
  const { ids, offsets } = tokenizer.encode(text);
  return { tokens: Array.from(ids, (id) => tokenizer.tokenOf(id)), offsets: [...offsets] };
};

describe('a tokenizer of BERT', () => {
  const bert = (normalizer: JsonObject) =>
    createTokenizer({
      model: {
        type: 'WordPiece',
        vocab: vocabulary('[UNK]', 'a', 'b', 'σ', '##α', '##σ', '\u{20000}', '\u{2b830}', 'e', '##\u0301'),
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
      },
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, ...normalizer },
      pre_tokenizer: { type: 'BertPreTokenizer' },
    });

  it.each<[string, readonly string[], readonly number[]]>([
    ['ΣΑΣ', ['σ', '##α', '##σ'], [0, 1, 1, 2, 2, 3]], // not the letter that words end with
    ['a\u{20000}b', ['a', '\u{20000}', 'b'], [0, 1, 1, 3, 3, 4]], // two UTF-16 units
    ['a\u{2b830}b', ['[UNK]'], [0, 4]], // an ideograph in none of BERT's blocks
    ['\u00e9 a\u00ad', ['e', 'a'], [0, 1, 2, 3]],
    ['e\u0301', ['e'], [0, 2]], // the mark belongs to its letter
  ])('lowers %j character by character', (text, tokens, offsets) => {
    expect(tokensOf(bert({ lowercase: true, strip_accents: null }), text)).toEqual({ tokens, offsets });
  });

  it('keeps accents where it is told so, and letters where nothing is lowered', () => {
    expect(tokensOf(bert({ lowercase: true, strip_accents: false }), 'E\u0301').tokens).toEqual(['e', '##\u0301']);
    expect(tokensOf(bert({ lowercase: false, strip_accents: null }), 'E').tokens).toEqual(['[UNK]']);
    expect(tokensOf(bert({ lowercase: false, strip_accents: true }), 'é').tokens).toEqual(['e']);
  });
});

describe.each([
  [false, ['<unk>', '<unk>', 'a', '<unk>'], [0, 1, 1, 3, 3, 4, 4, 5]],
  [true, ['<unk>', 'a', '<unk>'], [0, 3, 3, 4, 4, 5]],
] as const)('a character BPE that fuses unknown tokens: %j', (fuse, tokens, offsets) => {
  it('places each', () => {
    const tokenizer = createTokenizer({
      model: { type: 'BPE', vocab: vocabulary('<unk>', 'a'), merges: [], unk_token: '<unk>', fuse_unk: fuse },
    });
    expect(tokensOf(tokenizer, 'x😀ay')).toEqual({ tokens, offsets });
  });
});

it('tells a mark of words in the text from one that was put there', () => {
  const tokenizer = createTokenizer({
    model: {
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['<unk>', 0],
        ['▁', -2],
        ['x', -2],
        ['▁x', -3],
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      ],
    },
  });
  expect(tokensOf(tokenizer, 'x  ▁ ▁x')).toEqual({ tokens: ['▁x', '▁', '▁x'], offsets: [0, 1, 3, 4, 5, 7] });
});

it.each([
  [[0xef, 0xbb, 0xbf], '\ufeff'],
  [[0xe2, 0x82], '\ufffd\ufffd'],
  [[0x61, 0xe2, 0x82, 0x62], '\ufffd'.repeat(4)], // one wrong byte makes all of the run wrong
])('decodes the byte tokens %j', (bytes, text) => {
  const tokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokenizer = createTokenizer({
    model: { type: 'BPE', vocab: vocabulary(...tokens), merges: [], byte_fallback: true },
    decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
  });
  expect(tokenizer.decode(bytes)).toBe(text);
});
