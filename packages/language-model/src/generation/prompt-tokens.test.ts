import { describe, expect, it } from 'vitest';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { promptTokens } from './prompt-tokens.js';

/** A tokenizer of single letters, that begins a text with `<s>` if it has a post-processor. */
function letters(options: { readonly addsBos: boolean; readonly special?: object }): Tokenizer {
  const vocab = Object.fromEntries(['<s>', '</s>', ...'abcdefghij'].map((token, id) => [token, id]));
  const begin = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, SEQUENCE] };
  return createTokenizer(
    {
      version: '1.0',
      added_tokens: ['<s>', '</s>'].map((content, id) => ({ id, content, special: true, normalized: false })),
      pre_tokenizer: { type: 'Split', pattern: { Regex: '.' }, behavior: 'Isolated', invert: false },
      post_processor: options.addsBos
        ? { ...begin, pair: [], special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] } } }
        : null,
      decoder: null,
      model: { type: 'BPE', vocab, merges: [] },
    },
    {},
    options.special ?? { bosId: 0, eosIds: [1] },
  );
}

const SEQUENCE = { Sequence: { id: 'A', type_id: 0 } };
const room = { maxPositions: 100, maxNewTokens: 10 };

describe('promptTokens', () => {
  it.each([
    ['adds the begin of the text', 'ab', false, [0, 2, 3]],
    ['does not add it to a prompt that brings it along', '<s>ab', false, [0, 2, 3]],
    ['keeps both for compat', '<s>ab', true, [0, 0, 2, 3]],
    ['leaves a second one of the prompt itself', '<s><s>ab', false, [0, 0, 2, 3]],
    ['answers an empty prompt from the begin', '', false, [0]],
  ])('%s', (_title, prompt, doubleBos, expected) => {
    const { ids, truncated } = promptTokens(letters({ addsBos: true }), prompt, { ...room, doubleBos });
    expect({ ids: [...ids], truncated }).toEqual({ ids: expected, truncated: 0 });
  });

  it('leaves a prompt alone where the tokenizer adds nothing', () => {
    expect([...promptTokens(letters({ addsBos: false }), '<s>ab', room).ids]).toEqual([0, 2, 3]);
  });

  it('starts an empty prompt with the end of a text where there is no begin', () => {
    const tokenizer = letters({ addsBos: false, special: { eosIds: [1] } });
    expect([...promptTokens(tokenizer, '', room).ids]).toEqual([1]);
  });

  it('refuses an empty prompt where there is neither', () => {
    const tokenizer = letters({ addsBos: false, special: {} });
    expect(() => promptTokens(tokenizer, '', room)).toThrow(
      expect.objectContaining({ code: 'GENERATION_PROMPT_EMPTY' }) as Error,
    );
  });

  it.each([
    ['room for the answer', 12, 3, [0, 4, 5, 6, 7, 8, 9, 10, 11], 2],
    ['a quarter of the context at most', 8, 100, [0, 7, 8, 9, 10, 11], 5],
  ])(
    'cuts a long prompt at its left, behind the begin, and leaves %s',
    (_title, maxPositions, maxNewTokens, expected, cut) => {
      const options = { maxPositions, maxNewTokens };
      const { ids, truncated } = promptTokens(letters({ addsBos: true }), 'abcdefghij', options);
      expect({ ids: [...ids], truncated }).toEqual({ ids: expected, truncated: cut });
    },
  );
});
