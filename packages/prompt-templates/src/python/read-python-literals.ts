import { nearest } from '@flanlab/errors';
import { PYTHON_LIMITS, type PythonToken, pythonError, pythonTokens } from './python-tokens.js';

/** A Python literal: lists and tuples are arrays, dictionaries are maps with text keys. */
export type PythonValue = string | number | boolean | null | readonly PythonValue[] | ReadonlyMap<string, PythonValue>;

const CONSTANTS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * Reads a Python module that consists of literals, without running it: `NAME = literal`, `NAME[key] = literal`, doc strings
 * and comments. Literals are texts (raw, triple-quoted, side by side), decimal numbers, `True`, `False`, `None`, lists,
 * tuples, dictionaries with text keys, names and `NAME[key]` assigned before, and `+` between texts or between lists.
 * Everything else is refused: imports, calls, f-strings, statements inside others.
 *
 * @returns the names assigned, in order
 * @throws {TemplateError} `TEMPLATE_PYTHON_INVALID` with line and column
 */
export function readPythonLiterals(source: string): ReadonlyMap<string, PythonValue> {
  const text = (source.startsWith('\uFEFF') ? source.slice(1) : source).replaceAll(/\r\n?/g, '\n');
  if (text.length > PYTHON_LIMITS.characters) {
    throw pythonError('', 0, `the file is longer than ${PYTHON_LIMITS.characters} characters.`);
  }
  return new LiteralReader(text).module();
}

class LiteralReader {
  private readonly tokens: Iterator<PythonToken, void, undefined>;
  private readonly names = new Map<string, PythonValue>();
  private token: PythonToken | undefined;
  private values = 0;
  private characters = 0;

  constructor(private readonly source: string) {
    this.tokens = pythonTokens(source);
    this.next();
  }

  module(): ReadonlyMap<string, PythonValue> {
    while (this.token !== undefined) this.statement();
    return this.names;
  }

  private statement(): void {
    if (this.token?.type === 'string') {
      this.strings();
      this.end();
      return;
    }
    if (this.token?.type !== 'name') throw this.unexpected('only assignments are read');
    const { value: name, at } = this.token;
    this.next();
    if (this.takes('=')) {
      if (CONSTANTS.has(name)) throw this.fail(at, `${name} cannot be assigned.`);
      this.names.set(name, this.expression());
    } else if (this.takes('[')) {
      const table = this.known(name, at);
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      const value = this.expression();
      if (!(table instanceof Map) || typeof key !== 'string') {
        throw this.fail(at, `${name}[…] is no entry of a dictionary with text keys.`);
      }
      table.set(key, value);
    } else {
      throw this.unexpected(`"${name}" starts no assignment`);
    }
    this.end();
  }

  private end(): void {
    if (this.token?.type !== 'end') throw this.unexpected('the statement should end here');
    this.next();
  }

  private expression(): PythonValue {
    let value = this.term();
    while (this.takes('+')) {
      const at = this.at;
      const more = this.term();
      if (typeof value === 'string' && typeof more === 'string') value = this.count(value + more, at);
      else if (Array.isArray(value) && Array.isArray(more)) value = this.count([...value, ...more], at);
      else throw this.fail(at, '"+" joins texts, or lists.');
    }
    return value;
  }

  private term(): PythonValue {
    const { token, at } = this;
    if (token?.type === 'string') return this.strings();
    if (token?.type === 'number') {
      this.next();
      return this.count(token.value, at);
    }
    if (token?.type === 'name') return this.name(token.value, at);
    if (this.takes('-')) {
      if (this.token?.type !== 'number') throw this.fail(at, '"-" stands before numbers only.');
      return -(this.term() as number);
    }
    for (const [open, read] of [
      ['(', () => this.parentheses()],
      ['[', () => this.items(']')],
      ['{', () => this.dictionary()],
    ] as const) {
      if (!this.takes(open)) continue;
      return this.count(read(), at);
    }
    throw this.unexpected('a literal should stand here');
  }

  /** Texts side by side are one. */
  private strings(): string {
    const at = this.at;
    const parts: string[] = [];
    while (this.token?.type === 'string') {
      parts.push(this.token.value);
      this.next();
    }
    return this.count(parts.join(''), at);
  }

  private name(name: string, at: number): PythonValue {
    this.next();
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    const value = this.known(name, at);
    if (!this.takes('[')) return value;
    const key = this.expression();
    this.expect(']');
    const entry = value instanceof Map && typeof key === 'string' ? value.get(key) : undefined;
    if (entry === undefined) throw this.fail(at, `${name} has no entry ${JSON.stringify(key)}.`);
    return entry;
  }

  private known(name: string, at: number): PythonValue {
    const value = this.names.get(name);
    if (value !== undefined) return value;
    const near = nearest(name, [...this.names.keys()]);
    throw this.fail(at, `"${name}" was not assigned before${near === undefined ? '' : `; did you mean ${near}?`}`);
  }

  /** One value in parentheses is itself; with a comma it is a tuple. */
  private parentheses(): PythonValue {
    if (this.takes(')')) return [];
    const first = this.expression();
    if (this.takes(')')) return first;
    this.expect(',');
    return [first, ...this.items(')')];
  }

  private items(close: string): PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.takes(close)) {
      items.push(this.expression());
      if (this.takes(close)) break;
      this.expect(',');
    }
    return items;
  }

  private dictionary(): ReadonlyMap<string, PythonValue> {
    const entries = new Map<string, PythonValue>();
    while (!this.takes('}')) {
      const at = this.at;
      const key = this.expression();
      if (typeof key !== 'string') throw this.fail(at, 'the keys of a dictionary have to be texts.');
      this.expect(':');
      entries.set(key, this.expression());
      if (this.takes('}')) break;
      this.expect(',');
    }
    return entries;
  }

  /** Bounds what `+` and names can blow up. */
  private count<Value extends PythonValue>(value: Value, at: number): Value {
    this.values += Array.isArray(value) ? value.length + 1 : 1;
    if (typeof value === 'string') this.characters += value.length;
    if (this.values > PYTHON_LIMITS.values || this.characters > PYTHON_LIMITS.characters) {
      throw this.fail(at, 'the file makes more than a catalogue of templates needs.');
    }
    return value;
  }

  private get at(): number {
    return this.token?.at ?? this.source.length;
  }

  private next(): void {
    const { value, done } = this.tokens.next();
    this.token = done ? undefined : (value as PythonToken);
  }

  private takes(mark: string): boolean {
    if (this.token?.type !== 'mark' || this.token.value !== mark) return false;
    this.next();
    return true;
  }

  private expect(mark: string): void {
    if (!this.takes(mark)) throw this.unexpected(`"${mark}" should stand here`);
  }

  private unexpected(why: string): Error {
    const found = this.token === undefined || this.token.type === 'end' ? 'the line ends' : `found ${this.shown()}`;
    return this.fail(this.at, `${why}; ${found}.`);
  }

  private shown(): string {
    return this.token !== undefined && 'value' in this.token ? JSON.stringify(this.token.value).slice(0, 40) : '';
  }

  private fail(at: number, why: string): Error {
    return pythonError(this.source, at, why);
  }
}
