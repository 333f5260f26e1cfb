import type { TemplateError } from '../errors.js';

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const OCTAL = /[0-7]{1,3}/y;

/** Where a text literal ends, and what it says. */
export interface DecodedString {
  readonly value: string;
  /** Offset right behind the closing quotes. */
  readonly end: number;
}

/**
 * Reads the text literal whose prefix stands at `at`, as CPython reads it: unknown escapes keep their backslash, raw texts
 * keep all of them.
 */
export function decodePythonString(
  source: string,
  at: number,
  prefix: string,
  quotes: string,
  fail: (at: number, why: string) => TemplateError,
): DecodedString {
  const raw = /^r$/i.test(prefix);
  if (/f/i.test(prefix)) throw fail(at, 'an f-string would have to be run.');
  if (prefix !== '' && !raw && !/^u$/i.test(prefix)) throw fail(at, `the prefix ${prefix} makes no text.`);
  const pieces: string[] = [];
  let i = at + prefix.length + quotes.length;
  let pieceStart = i;
  for (;;) {
    const char = source[i];
    if (char === undefined || (char === '\n' && quotes.length === 1)) throw fail(at, 'the text is never closed.');
    if (char === '\\') {
      const next = source[i + 1];
      if (next === undefined) throw fail(at, 'the text is never closed.');
      if (raw) {
        i += 2;
        continue;
      }
      pieces.push(source.slice(pieceStart, i));
      const [text, length] = readEscape(source, i, next, fail);
      pieces.push(text);
      i += length;
      pieceStart = i;
    } else if (source.startsWith(quotes, i)) {
      pieces.push(source.slice(pieceStart, i));
      return { value: pieces.join(''), end: i + quotes.length };
    } else {
      i++;
    }
  }
}

/** The text of one escape, and how many units of the source it takes. */
function readEscape(
  source: string,
  at: number,
  next: string,
  fail: (at: number, why: string) => TemplateError,
): readonly [text: string, length: number] {
  const simple = SIMPLE[next];
  if (simple !== undefined) return [simple, 2];
  OCTAL.lastIndex = at + 1;
  const octal = OCTAL.exec(source)?.[0];
  if (octal !== undefined) return [String.fromCodePoint(Number.parseInt(octal, 8)), 1 + octal.length];
  if (next === 'N') throw fail(at, 'a character is named; write it itself, or its number.');
  const digits = HEX_DIGITS[next];
  if (digits === undefined) return [`\\${next}`, 2];
  const hex = source.slice(at + 2, at + 2 + digits);
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) {
    throw fail(at, `"\\${next}" is not followed by the ${digits} hexadecimal digits of a character.`);
  }
  return [String.fromCodePoint(code), 2 + digits];
}
