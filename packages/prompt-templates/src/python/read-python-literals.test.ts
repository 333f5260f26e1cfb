import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PythonValue, readPythonLiterals } from './read-python-literals.js';

const golden: readonly (readonly [source: string, value: unknown])[] = JSON.parse(
  readFileSync(new URL('../../fixtures/python-literals.json', import.meta.url), 'utf8'),
);

function plain(value: PythonValue | undefined): unknown {
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [key, plain(item)]) };
  return Array.isArray(value) ? value.map(plain) : value;
}

it('reads what CPython reads', () => {
  expect(golden.length).toBeGreaterThan(200);
  for (const [source, value] of golden) {
    expect([source, plain(readPythonLiterals(source).get('X'))]).toEqual([source, value]);
  }
});

it('keeps the order of names and of keys', () => {
  const names = readPythonLiterals("B = 1\nA = {'z': 1, 'a': 2}\nB = 2\n");
  expect([...names.keys()]).toEqual(['B', 'A']);
  expect(plain(names.get('A'))).toEqual({ dict: [['z', 1], ['a', 2]] }); // biome-ignore format: one line is clearer
});

it('takes names of objects’ own methods for names', () => {
  const names = readPythonLiterals("__proto__ = 'a'\nX = {'__proto__': __proto__, 'constructor': 'b'}\n");
  expect(plain(names.get('X'))).toEqual({ dict: [['__proto__', 'a'], ['constructor', 'b']] }); // biome-ignore format: one line is clearer
});

describe('refuses with line and column', () => {
  it.each([
    ['a call', 'X = open("/etc/passwd")', 'Line 1, column 5: "open" was not assigned before'],
    [
      'a call of what was assigned',
      'A = "x"\nX = A("y")',
      'Line 2, column 6: the statement should end here; found "("',
    ],
    ['an import', 'import os', 'Line 1, column 8: "import" starts no assignment; found "os"'],
    ['an attribute', 'A = "x"\nX = A.upper', 'Line 2, column 6: "." is no part of a literal.'],
    ['an f-string', 'X = f"{1}"', 'Line 1, column 5: an f-string would have to be run.'],
    ['a raw f-string', "X = Rf'a'", 'an f-string would have to be run.'],
    ['bytes', "X = b'a'", 'the prefix b makes no text.'],
    ['a named character', 'X = "\\N{BULLET}"', 'Line 1, column 6: a character is named'],
    ['half an escape', 'X = "\\u12"', 'is not followed by the 4 hexadecimal digits of a character.'],
    ['half a pair of surrogates', 'X = "\\ud83d"', 'digits of a character.'],
    ['too large a character', 'X = "\\U00110000"', 'digits of a character.'],
    ['a comprehension', 'X = [a for a in "b"]', '"a" was not assigned before'],
    ['a repetition', 'X = "a" * 9999999999', 'Line 1, column 9: "*" is no part of a literal.'],
    ['an augmented assignment', 'X = "a"\nX += "b"', 'Line 2, column 3: "X" starts no assignment'],
    ['a block', 'if True:\n  X = 1', '"if" starts no assignment'],
    ['an indented statement', 'X = 1\n  Y = 2', 'Line 2, column 3: a statement is indented'],
    ['two statements on a line', 'X = 1; Y = 2', '";" is no part of a literal.'],
    ['a comparison', 'X = 1 == 1', 'Line 1, column 7: the statement should end here; found "="'],
    ['an open text', 'X = "a\n"', 'Line 1, column 5: the text is never closed.'],
    ['an open long text', 'X = """a', 'Line 1, column 5: the text is never closed.'],
    ['a text that ends in a backslash', 'X = "a\\', 'the text is never closed.'],
    ['an open bracket', 'X = [1,\n', '"[" is never closed.'],
    ['the wrong bracket', 'X = [1)', 'Line 1, column 7: ")" closes nothing.'],
    ['a number as key', 'X = {1: 2}', 'the keys of a dictionary have to be texts.'],
    ['a set', 'X = {"a", "b"}', 'Line 1, column 9: ":" should stand here; found ","'],
    ['a list plus a text', 'X = ["a"] + "b"', '"+" joins texts, or lists.'],
    ['a hexadecimal number', 'X = 0x1F', 'the number 0x1F is not written in plain decimals.'],
    ['a negated text', 'X = -"a"', '"-" stands before numbers only.'],
    ['an entry of a list', 'X = ["a"]\nX["b"] = 1', 'X[…] is no entry of a dictionary'],
    ['an entry that is not there', 'A = {"a": 1}\nX = A["b"]', 'A has no entry "b".'],
    ['a misspelt name', 'PATTERN = "a"\nX = PATTERNS', 'did you mean PATTERN?'],
    ['a constant as name', 'True = 1', 'True cannot be assigned.'],
    ['a NUL', 'X = "a"\0', 'is no part of a literal.'],
  ])('%s', (_, source, why) => {
    expect(() => readPythonLiterals(source)).toThrowError(
      expect.objectContaining({ code: 'TEMPLATE_PYTHON_INVALID', why: expect.stringContaining(why) }),
    );
  });
});

// Each of these would take all memory, or for ever, if it were not bounded.
describe('ends on hostile input', () => {
  const doubled = (start: string, times: number): string => `A = ${start}\n${'A = A + A\n'.repeat(times)}`;

  it.each([
    ['deep brackets', `X = ${'['.repeat(100_000)}`],
    ['deep keys', `A = {}\nX = ${'A['.repeat(100_000)}`],
    ['many signs', `X = ${'-'.repeat(100_000)}1`],
    ['a text that doubles', doubled('"x"', 60)],
    ['a list that doubles', doubled('["x"]', 60)],
    ['a very long file', `X = "${'x'.repeat(16_000_000)}"`],
    ['very many values', `X = [${'1,'.repeat(1_000_001)}]`],
  ])('%s', (_, source) => {
    expect(() => readPythonLiterals(source)).toThrowError(expect.objectContaining({ code: 'TEMPLATE_PYTHON_INVALID' }));
  });
});
