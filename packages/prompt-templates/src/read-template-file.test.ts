import { describe, expect, it } from 'vitest';
import { readTemplateFile } from './read-template-file.js';

describe('readTemplateFile', () => {
  it.each([
    ['templates.py', 'PATTERNS = {"rte": [("{premise}", "{answer}"), ["a", "b"]]}\n'],
    ['other.py', 'OTHER = {"rte": [("{premise}", "{answer}"), ["a", "b"]]}\nX = "rest"\n'],
    ['later.py', 'PATTERNS = {}\nPATTERNS["rte"] = [("{pre" "mise}", "{answer}")] + [("a", "b")]\nOTHER = PATTERNS\n'],
    ['flan.json', '{"rte": [["{premise}", "{answer}"], ["a", "b"]]}'],
  ])('finds FLAN’s table in %s', (name, text) => {
    expect(readTemplateFile(name, text)).toEqual({
      part: 'flan',
      content: { rte: [['{premise}', '{answer}'], ['a', 'b']] }, // biome-ignore format: one line is clearer
    });
  });

  it.each([
    ['templates.json', '\uFEFF{"sys-prompt": "a", "__proto__": "b"}'],
    ['templates.py', 'FRAMES = {"sys-prompt": "a", "__proto__": "b"}'],
  ])('finds frames in %s', (name, text) => {
    const { part, content } = readTemplateFile(name, text);
    expect(part).toBe('samplegen');
    expect(Object.entries(content)).toEqual([['sys-prompt', 'a'], ['__proto__', 'b']]); // biome-ignore format: one line is clearer
  });

  it.each([
    ['nothing.py', ''],
    ['list.py', 'X = ["a"]'],
    ['two.py', 'A = {"a": "b"}\nB = {"a": "b"}\n'],
    ['triple.py', 'PATTERNS = {"a": [("b", "c", "d")]}'],
    ['number.json', '{"a": 1}'],
    ['broken.json', '{"a": '],
    ['null.json', 'null'],
    [
      'shared.py',
      `L = [${'("a", "b"), '.repeat(1000)}]\nPATTERNS = {${Array.from({ length: 200 }, (_, n) => `"${n}": L`).join(',')}}`,
    ],
  ])('finds no templates in %s', (name, text) => {
    expect(() => readTemplateFile(name, text)).toThrowError(
      expect.objectContaining({ code: 'TEMPLATE_CATALOGUE_UNREADABLE', what: expect.stringContaining(name) }),
    );
  });
});
