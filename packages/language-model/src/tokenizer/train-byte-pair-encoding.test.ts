import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { JsonObject } from '../model-config.js';
import { createTokenizer } from './tokenizer.js';
import { trainBytePairEncoding } from './train-byte-pair-encoding.js';

interface Golden {
  readonly corpus: readonly string[];
  readonly special: readonly string[];
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly [string, string])[];
}

const golden = JSON.parse(
  await readFile(fileURLToPath(new URL('../../fixtures/tokenizer/trained-golden.json', import.meta.url)), 'utf8'),
) as Golden;

it("learns the vocabulary and merges of Python's trainer", () => {
  const { model } = trainBytePairEncoding(golden.corpus, { vocabularySize: 500, specialTokens: golden.special });
  expect((model as JsonObject).merges).toEqual(golden.merges.map((pair) => pair.join(' ')));
  expect((model as JsonObject).vocab).toEqual(golden.vocab);
});

it('makes a tokenizer that keeps special tokens whole and returns every text', () => {
  const tokenizer = createTokenizer(
    trainBytePairEncoding(golden.corpus, {
      vocabularySize: 300,
      specialTokens: ['<pad>', '<s>', '</s>'],
      before: ['<s>'],
      after: ['</s>'],
    }),
  );
  expect(tokenizer.vocabSize).toBe(300);
  const { ids } = tokenizer.encode('x</s>y');
  expect([ids[0], ids[2], ids[4]]).toEqual([1, 2, 2]);
  const text = 'any bytes: \u{1f642} \u0000 \r\n\t ünd';
  expect(tokenizer.decode(tokenizer.encode(text).ids, { skipSpecialTokens: true })).toBe(text);
});

it('stops early when the text has no more pairs', () => {
  const { model } = trainBytePairEncoding(['ab ab'], { vocabularySize: 1000, specialTokens: [] });
  expect((model as JsonObject).merges).toEqual(['a b', 'Ġ ab']);
});

it.each([
  { vocabularySize: 200, specialTokens: [] },
  { vocabularySize: 300.5, specialTokens: [] },
  { vocabularySize: 300, specialTokens: ['a', 'a'] },
  { vocabularySize: 300, specialTokens: ['a'], after: ['b'] },
])('refuses %j', (options) => {
  expect(() => trainBytePairEncoding(['x'], options)).toThrow(
    expect.objectContaining({ code: 'TOKENIZER_TRAINING_INVALID' }),
  );
});
