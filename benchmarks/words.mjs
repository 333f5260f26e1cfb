// Texts of one token a word, so that benchmarks decide how long rows are: what is measured is arithmetic, not text.

/** Files of a tokenizer whose tokens are the words w0, w1, …; w1 ends a sequence. */
export function wordTokenizer(vocabularySize) {
  const vocab = Object.fromEntries(Array.from({ length: vocabularySize }, (_, id) => [`w${id}`, id]));
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordPiece',
        vocab,
        unk_token: 'w0',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
      },
    },
    'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: 'w1', pad_token: 'w1' },
  };
}

/** Texts of the given numbers of words: x ← 1664525·x + 1013904223 mod 2³² (Numerical Recipes). */
export function* wordTexts(lengths, vocabularySize) {
  let x = 1;
  for (const length of lengths) {
    const words = [];
    for (let i = 0; i < length; i++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      words.push(`w${2 + ((x >>> 8) % (vocabularySize - 2))}`);
    }
    yield words.join(' ');
  }
}
