import { type FieldValue, isList } from './row.js';

/**
 * What Python's `str(value)` prints: `True`, `None`, `['a', 'b']`. Prompts of the reference contain values in this form,
 * so that any cell that is not text goes through here.
 *
 * Whole numbers print without a decimal point: JSON and JavaScript do not keep 1.0 apart from 1.
 */
export function pythonText(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : pythonRepresentation(value);
}

function pythonRepresentation(value: FieldValue | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value === 'string') return quoted(value);
  if (isList(value)) return `[${value.map(pythonRepresentation).join(', ')}]`;
  const fields = Object.entries(value).map(([name, field]) => `${quoted(name)}: ${pythonRepresentation(field)}`);
  return `{${fields.join(', ')}}`;
}

/** Shortest round-trip form; exponents as Python writes them, from 1e+16 up and 1e-05 down. */
function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value)) return BigInt(value).toString();
  const size = Math.abs(value);
  if (size >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split('e-');
  return `${digits}e-${exponent!.padStart(2, '0')}`;
}

/** `repr` of a text: single quotes, unless it holds one and no double quote; what no screen shows is escaped, all spaces but one. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, escapeCharacter);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!.toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

/** What Python's `\s` and `str.strip()` take, inside a character class: `\s` and `trim` miss the first ones and take U+FEFF too. */
export const PYTHON_SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const ENDS = new RegExp(`^[${PYTHON_SPACE}]+|[${PYTHON_SPACE}]+$`, 'g');

/** Python's `text.strip()`. */
export function pythonStrip(text: string): string {
  return text.replace(ENDS, '');
}

/** Python's `text.rstrip('.')`. */
export function stripDots(text: string): string {
  return text.replace(/\.+$/, '');
}
