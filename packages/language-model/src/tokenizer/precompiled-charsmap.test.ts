import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readCharsmap } from './precompiled-charsmap.js';

const path = fileURLToPath(new URL('../../fixtures/tokenizer/t5-charsmap-kind.json', import.meta.url));
const { normalizer } = JSON.parse(await readFile(path, 'utf8')) as { normalizer: { precompiled_charsmap: string } };
const map = readCharsmap(normalizer.precompiled_charsmap);

it.each([
  ['a\u00a0b', ['a', '\u00a0', 'b'], ['a', ' ', 'b']],
  ['ﬁn ½', ['ﬁ', 'n', ' ', '½'], ['fi', 'n', ' ', '1⁄2']],
  ['\ufeffx', ['\ufeff', 'x'], ['', 'x']],
  // A grapheme is looked up whole; one that is too long, by its characters.
  ['e\u0301', ['e\u0301'], ['é']],
  ['\r\n', ['\r\n'], [' ']],
  ['ア\u3099\u0301', ['ア', '\u3099', '\u0301'], ['ァ', '\u3099', '\u0301']],
  ['', [], []],
])('maps %j as SentencePiece was told to', (text, parts, results) => {
  expect(map(text)).toEqual({ parts, results });
});
