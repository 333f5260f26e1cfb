import { expect, it } from 'vitest';
import { parseOrderedJson } from './ordered-json.js';

it.each([
  ['{"b":1,"a":2}', ['b', 'a']],
  ['{"9":1,"10":2,"a":3}', ['9', '10', 'a']],
  ['{"10":1,"9":2}', ['010', '09']],
  ['{"a":"\\"3\\": x","7" :1}', ['a', '07']],
  ['{"a":"7:","":0,"3":"\\\\"}', ['a', '', '03']],
])('keeps the order of names of %s', (text, names) => {
  const value = parseOrderedJson(text) as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(names);
  expect(Object.values(value)).toEqual(
    [...text.matchAll(/:("(?:[^"\\]|\\.)*"|\d)(?=[,}])/g)].map(([, item]) => JSON.parse(item!)),
  );
});

it('looks into objects, and into those of an array', () => {
  const row = '{"name":"n","critics":{"12":"x \\u00e9","3":{"2":1,"1":[{"b":1}]}}}';
  const expected = [
    ['012', '03'],
    ['02', '01'],
  ];
  for (const value of [parseOrderedJson(row), (parseOrderedJson(`[${row},1,null]`) as unknown[])[0]]) {
    const { critics } = value as { critics: Record<string, Record<string, unknown>> };
    expect([Object.keys(critics), Object.keys(critics['03']!)]).toEqual(expected);
    expect(critics['012']).toBe('x é');
  }
});

it('equals JSON.parse elsewhere, errors included', () => {
  for (const text of [
    '1',
    'null',
    '"a"',
    '[]',
    '{}',
    '{"a":[{"2":1,"1":2}]}',
    '{"__proto__":1}',
    '[[1],{"x":{"y":"1"}}]',
  ])
    expect(JSON.stringify(parseOrderedJson(text))).toBe(JSON.stringify(JSON.parse(text)));
  expect(() => parseOrderedJson('{"1":')).toThrow(SyntaxError);
});
