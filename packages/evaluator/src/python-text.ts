// Python's idea of whitespace differs from JavaScript's: it has U+001C to U+001F and U+0085, and lacks U+FEFF.
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
const TRAILING = new RegExp(`${SPACE}+$`);
const RUNS = new RegExp(`${SPACE}+`);

/** `str.lstrip()` without arguments. */
export const stripStart = (text: string): string => text.replace(LEADING, '');

/** `str.rstrip()` without arguments; linear, also on long runs of whitespace that do not end the text. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** `str.strip()` without arguments. */
export const strip = (text: string): string => stripEnd(stripStart(text));

/** `str.strip(characters)`: any run of the listed characters, at both ends. */
export function stripCharacters(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text[start]!)) start++;
  while (end > start && characters.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** `str.split()` without arguments. */
export const splitWhitespace = (text: string): string[] => text.split(RUNS).filter((part) => part !== '');

const WIDE_SPACE = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
const FLOAT = /^[+-]?(?:(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;

/** Decimal digits lie in runs of ten. */
function digitValue(digit: string): string {
  const code = digit.codePointAt(0)!;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}

/** What `float` reads: digits of all scripts as ASCII ones, without whitespace around; U+001C to U+001F are none here. */
function floatText(text: string): string {
  const read = text.replace(/(?![0-9])\p{Nd}/gu, digitValue).replace(WIDE_SPACE, ' ');
  return read.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

/** `float(text)`, or null where Python raises. */
export function parsePythonFloat(text: string): number | null {
  const stripped = floatText(text);
  if (FLOAT.test(stripped)) return Number(stripped.replaceAll('_', ''));
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(stripped);
  if (word === null) return null;
  if (word[2]!.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `repr(float)`: the same digits as JavaScript's, but `1.0`, `1e-07`, `1e+16`, `nan` and `inf`. */
export function formatPythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
