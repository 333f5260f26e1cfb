import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { JsonObject } from '../model-config.js';
import { LibraryTokenizerClass } from './library.js';
import { pieceEncoder } from './pieces.js';

async function read<T>(name: string): Promise<T> {
  return JSON.parse(
    await readFile(fileURLToPath(new URL(`../../fixtures/tokenizer/${name}.json`, import.meta.url)), 'utf8'),
  ) as T;
}

const texts = await read<readonly string[]>('texts');
const rows =
  await read<readonly { readonly config: JsonObject; readonly pieces: readonly (readonly string[])[] }[]>(
    'pieces-golden',
  );

it.each(rows)('splits as Python does with $config', ({ config, pieces }) => {
  const model = { type: 'BPE', vocab: {}, merges: [] };
  const empty = { added_tokens: [], normalizer: null, post_processor: null, decoder: null };
  const { split } = pieceEncoder(new LibraryTokenizerClass({ ...empty, model, pre_tokenizer: config }, {}));
  const wrong = texts.flatMap((text, i) => {
    const actual = split(text, true).filter((piece) => piece !== '');
    return JSON.stringify(actual) === JSON.stringify(pieces[i]) ? [] : [{ text, actual, expected: pieces[i] }];
  });
  expect(wrong).toEqual([]);
});

// As tokenizers 0.23.3 has it; conformance/differential_tokenizers.py compares more.
it.each<[JsonObject, string, readonly string[]]>([
  [{}, 'a b  c▁d', ['▁a', '▁b', '▁', '▁c', '▁d']],
  [{ prepend_scheme: 'never' }, 'a b  c▁d', ['a', '▁b', '▁', '▁c', '▁d']],
  [{ prepend_scheme: 'first' }, ' a', ['▁a']],
  [{ split: false }, 'a b  c▁d', ['▁a▁b▁▁c▁d']],
])('splits at the marks that Metaspace with %j puts into %j', (config, text, pieces) => {
  const metaspace = { type: 'Metaspace', replacement: '▁', ...config };
  for (const step of [metaspace, { type: 'Sequence', pretokenizers: [metaspace] }]) {
    const empty = { added_tokens: [], normalizer: null, post_processor: null, decoder: null };
    const model = { type: 'BPE', vocab: {}, merges: [] };
    const { split } = pieceEncoder(new LibraryTokenizerClass({ ...empty, model, pre_tokenizer: step }, {}));
    expect(split(text, true)).toEqual(pieces);
  }
});
