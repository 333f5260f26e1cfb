import { BertNormalizer, LowercaseNormalizer, type Normalizer, StripAccentsNormalizer } from './library.js';

/** What becomes of one character, by itself. */
export type CharacterMap = (character: string) => string;

const lower: CharacterMap = (character) => character.toLowerCase();

/**
 * The normalisers that take one character at a time, as the Rust crate has them. The library lowers whole texts, where a
 * sigma at the end of a word becomes another letter, and looks at UTF-16 units, which ideographs beyond U+FFFF have two of.
 * @see huggingface/tokenizers `normalizers/bert.rs`, `normalizers/strip.rs`, `normalizers/utils.rs`
 */
export function characterMapOf(normalizer: Normalizer): CharacterMap | undefined {
  if (normalizer instanceof BertNormalizer) return bertCharacter(normalizer.config);
  if (normalizer instanceof LowercaseNormalizer) return lower;
  return normalizer instanceof StripAccentsNormalizer ? (character) => character.replace(/\p{M}/gu, '') : undefined;
}

function bertCharacter(config: InstanceType<typeof BertNormalizer>['config']): CharacterMap {
  const steps: CharacterMap[] = [];
  if (config.clean_text) steps.push(cleaned);
  if (config.handle_chinese_chars)
    steps.push((character) => (IDEOGRAPH.test(character) ? ` ${character} ` : character));
  if (config.strip_accents ?? config.lowercase) steps.push(withoutAccents);
  if (config.lowercase) steps.push((text) => Array.from(text, lower).join(''));
  return (character) => steps.reduce((text, step) => step(text), character);
}

function cleaned(character: string): string {
  if (/[\t\n\r]/u.test(character)) return ' ';
  if (/[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(character)) return '';
  return /\p{White_Space}/u.test(character) ? ' ' : character;
}

const withoutAccents: CharacterMap = (text) => text.normalize('NFD').replace(/\p{Mn}/gu, '');

// The blocks that BERT calls Chinese.
const IDEOGRAPH =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;
