import { BUILTIN_CATALOGUE } from '@flanlab/prompt-templates';
import { expect, it } from 'vitest';
import { findTemplates, formatTemplates, wordingOf } from './format-templates.js';

const find = (name: string) => findTemplates(BUILTIN_CATALOGUE, name);

it('finds groups, frames and formats', () => {
  expect(find('rte')).toHaveLength(10);
  expect(find('rte')[0]?.text).toMatch(/\{premise\}[\s\S]*\n→ \{answer\}$/);
  expect(find('outer')).toHaveLength(1);
  expect(find('closed').map(({ id }) => id)).toEqual(['closed', 'closed (solved sample)']);
});

it.each([
  ['rtee', '"rte"'],
  ['closd', '"closed"'],
  ['bigbench', ''],
  ['toString', ''],
])('helps with %s', (name, near) => {
  expect(() => find(name)).toThrowError(
    expect.objectContaining({ code: 'TEMPLATE_TASK_UNKNOWN', fix: expect.stringContaining(near) }),
  );
});

it('colours slots, and nothing where colours are off', () => {
  const templates = [{ id: 'a', text: 'x {b}' }];
  expect(formatTemplates(templates, { colour: true })).toContain('x \u001b[36m{b}\u001b[0m');
  expect(formatTemplates(templates, { colour: false })).toBe('a\nx {b}');
});

it.each([
  ['rte/3', undefined, BUILTIN_CATALOGUE.tasks.rte![3]!.input],
  ['para_crawl/0', undefined, BUILTIN_CATALOGUE.tasks.para_crawl![0]!.input],
  ['bigbench-open', undefined, 'Question: {question}'],
  ['mine/1', ['a', 'b'], 'b'],
  ['choices/0', undefined, undefined],
])('finds the wording of %s', (id, own, wording) => {
  expect(wordingOf(BUILTIN_CATALOGUE, id, own)).toBe(wording);
});
