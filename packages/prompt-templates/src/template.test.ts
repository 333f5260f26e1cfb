import { describe, expect, it } from 'vitest';
import { TemplateError } from './errors.js';
import { fillTemplate, fillTemplateSpans, fillTemplateWith, parseTemplate } from './template.js';

const failure = (run: () => unknown): TemplateError => {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('parseTemplate', () => {
  it('splits text and slots and lists each slot once', () => {
    const template = parseTemplate('{a} and {b}, {a}');
    expect(template.slots).toEqual(['a', 'b']);
    expect(template.parts).toHaveLength(5);
  });

  it.each([
    ['', []],
    ['no slot', []],
    ['{{a}}', []],
    ['{{{a}}}', ['a']],
    ['{premise}n', ['premise']],
    ['{options_}', ['options_']],
  ])('reads %j', (source, slots) => {
    expect(parseTemplate(source).slots).toEqual(slots);
  });

  it.each([
    ['{a', 'TEMPLATE_BRACE_UNBALANCED', 'offset 0 (line 1, column 1)'],
    ['x\n y}', 'TEMPLATE_BRACE_UNBALANCED', 'offset 4 (line 2, column 3)'],
    ['{a {b}', 'TEMPLATE_BRACE_UNBALANCED', 'offset 0 (line 1, column 1)'],
    ['{}', 'TEMPLATE_SLOT_INVALID', 'offset 0'],
    ['{ a }', 'TEMPLATE_SLOT_INVALID', 'offset 0'],
    ['{a.b}', 'TEMPLATE_SLOT_INVALID', 'offset 0'],
    ['{a:>3}', 'TEMPLATE_SLOT_INVALID', 'offset 0'],
    ['{1a}', 'TEMPLATE_SLOT_INVALID', 'offset 0'],
  ])('refuses %j with its place', (source, code, place) => {
    const error = failure(() => parseTemplate(source));
    expect(error.code).toBe(code);
    expect(error.message).toContain(place);
  });

  it('names the nearest slot when one is unknown', () => {
    const error = failure(() => parseTemplate('{premis}', { id: 'rte/3', slots: ['hypothesis', 'premise'] }));
    expect(error).toMatchObject({ code: 'TEMPLATE_SLOT_UNKNOWN', fix: 'Did you mean {premise}?' });
    expect(error.what).toContain('rte/3');
  });
});

describe('fillTemplate', () => {
  it('fills in one pass: braces in values stay as they are', () => {
    expect(fillTemplate(parseTemplate('{a}{b}'), { a: '{b}', b: '}{a}{{' })).toBe('{b}}{a}{{');
  });

  it('prints doubled braces singly', () => {
    expect(fillTemplate(parseTemplate('{{"x": {a}}}'), { a: '1' })).toBe('{"x": 1}');
  });

  it('takes an empty text for a value, and refuses a missing one', () => {
    const template = parseTemplate('<{answer}>');
    expect(fillTemplate(template, { answer: '' })).toBe('<>');
    expect(failure(() => fillTemplate(template, { answr: 'x' }))).toMatchObject({
      code: 'TEMPLATE_VALUE_MISSING',
      fix: 'Did you mean {answr}?',
    });
  });

  it('fills with what a function gives, and names what there is when it gives nothing', () => {
    const template = parseTemplate('{a} and {b}');
    const textOf = (slot: string) => (slot === 'a' ? '' : slot === 'b' ? '{a}' : undefined);
    expect(fillTemplateWith(template, textOf, () => [])).toBe(' and {a}');
    expect(() => fillTemplateWith(parseTemplate('{c}'), textOf, () => ['a', 'b'])).toThrow(
      expect.objectContaining({ code: 'TEMPLATE_VALUE_MISSING', why: 'Its slot {c} has no value; there are: a, b.' }),
    );
  });

  it('does not fill a slot from what every object inherits', () => {
    expect(failure(() => fillTemplate(parseTemplate('{toString}'), {})).code).toBe('TEMPLATE_VALUE_MISSING');
  });

  it('tells where the values lie', () => {
    const { text, spans } = fillTemplateSpans(parseTemplate('é{a}–{b}{a}'), { a: '𝄞x', b: '' });
    expect(spans.map(({ slot, start, end }) => [slot, text.slice(start, end)])).toEqual([
      ['a', '𝄞x'],
      ['b', ''],
      ['a', '𝄞x'],
    ]);
  });
});
