import { TemplateError } from '../errors.js';
import { decodePythonString } from './python-string.js';

/** One token of a Python module made of literals. `at` is its offset, for messages. */
export type PythonToken =
  | { readonly type: 'string'; readonly value: string; readonly at: number }
  | { readonly type: 'number'; readonly value: number; readonly at: number }
  | { readonly type: 'name'; readonly value: string; readonly at: number }
  | { readonly type: 'mark'; readonly value: string; readonly at: number }
  /** The end of a statement; never inside brackets. */
  | { readonly type: 'end'; readonly at: number };

/** What a file may hold at most; hostile ones end in an error soon. */
export const PYTHON_LIMITS = {
  characters: 16_000_000,
  /** Values that are written or made by `+`. */
  values: 1_000_000,
  /** Brackets inside each other. */
  depth: 50,
} as const;

/** An error that says where in the file it is. */
export function pythonError(source: string, at: number, why: string): TemplateError {
  const before = source.slice(0, at).split('\n');
  return new TemplateError('TEMPLATE_PYTHON_INVALID', {
    what: 'A Python file of templates cannot be read.',
    why: `Line ${before.length}, column ${before.at(-1)!.length + 1}: ${why}`,
    fix: 'Only literals are read, nothing is run: write texts, lists, tuples and dictionaries, or convert the file to JSON.',
  });
}

const MARKS = new Set([...'()[]{},:=+-']);
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const PLAIN_NUMBER = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;
const STRING_START = /([A-Za-z]{0,3})('''|"""|'|")/y;

/**
 * Splits the source of a module that holds only literals and assignments. Line breaks are `\n` already.
 * @throws {TemplateError} `TEMPLATE_PYTHON_INVALID`
 */
export function* pythonTokens(source: string): Generator<PythonToken, void, undefined> {
  const fail = (at: number, why: string): TemplateError => pythonError(source, at, why);
  const opened: string[] = [];
  let at = 0;
  let lineIsEmpty = true;
  const matchAt = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const char = source[at]!;
    if (char === '\n') {
      if (opened.length === 0 && !lineIsEmpty) yield { type: 'end', at };
      if (opened.length === 0) lineIsEmpty = true;
      at++;
      continue;
    }
    if (char === '#') {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
      continue;
    }
    if (char === ' ' || char === '\t' || char === '\f') {
      at++;
      continue;
    }
    if (char === '\\' && source[at + 1] === '\n') {
      at += 2;
      continue;
    }
    if (opened.length === 0 && lineIsEmpty && at > 0 && source[at - 1] !== '\n' && source[at - 1] !== '\f') {
      throw fail(at, 'a statement is indented; only assignments at the top level are read.');
    }
    lineIsEmpty = false;
    const text = matchAt(STRING_START);
    if (text !== null) {
      const { value, end } = decodePythonString(source, at, text[1]!, text[2]!, fail);
      yield { type: 'string', value, at };
      at = end;
      continue;
    }
    const name = matchAt(NAME)?.[0];
    if (name !== undefined) {
      yield { type: 'name', value: name, at };
      at += name.length;
      continue;
    }
    const number = matchAt(NUMBER)?.[0];
    if (number !== undefined) {
      if (!PLAIN_NUMBER.test(number)) throw fail(at, `the number ${number} is not written in plain decimals.`);
      yield { type: 'number', value: Number(number), at };
      at += number.length;
      continue;
    }
    if (!MARKS.has(char)) throw fail(at, `${JSON.stringify(char)} is no part of a literal.`);
    if ('([{'.includes(char) && opened.push(char) > PYTHON_LIMITS.depth) {
      throw fail(at, `brackets go deeper than ${PYTHON_LIMITS.depth}.`);
    }
    if (')]}'.includes(char) && opened.pop() !== PARTNER[char]) throw fail(at, `"${char}" closes nothing.`);
    yield { type: 'mark', value: char, at };
    at++;
  }
  if (opened.length > 0) throw fail(source.length, `"${opened.at(-1)}" is never closed.`);
  if (!lineIsEmpty) yield { type: 'end', at };
}

const PARTNER: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
