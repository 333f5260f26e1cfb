import { describe, expect, it } from 'vitest';
import { BUILTIN_CATALOGUE, TASK_TEMPLATES } from './builtin.js';
import type { TaskTemplate, TemplateCatalogue } from './catalogue.js';
import { checkCatalogue, templateSlots } from './check-catalogue.js';
import { TEMPLATE_SLOTS } from './data/template-slots.js';

const withRte = (...templates: readonly (readonly [input: string, target: string])[]): TemplateCatalogue => ({
  ...BUILTIN_CATALOGUE,
  tasks: {
    ...TASK_TEMPLATES,
    rte: templates.map(([input, target], index): TaskTemplate => ({ id: `rte/${index}`, input, target })),
  },
});

const GOOD = ['{premise} {hypothesis}', '{answer}'] as const;

describe('checkCatalogue', () => {
  it('finds nothing in the built-in wording, all ten of each', () => {
    expect(checkCatalogue(BUILTIN_CATALOGUE, { eligible: 10 })).toEqual([]);
  });

  it.each([
    ['{premis}', '{answer}', 'Did you mean {premise}?'],
    ['{premise', '{answer}', 'is never closed'],
    ['{premise}', '{answers}', 'Its target {answers} is neither'],
    ['{premise}', 'yes', 'is no single slot'],
    ['{premise}', '{premise}', 'It shows what it asks for, {premise}.'],
  ])('finds %j → %j', (input, target, message) => {
    const good = Array.from({ length: 4 }, () => GOOD);
    const first = checkCatalogue(withRte([input, target], ...good));
    expect(first).toEqual([{ severity: 'error', template: 'rte/0', message: expect.stringContaining(message) }]);
    const sixth = checkCatalogue(withRte(...good, GOOD, [input, target]));
    expect(sixth).toEqual([{ severity: 'note', template: 'rte/5', message: expect.stringContaining(message) }]);
  });

  it('finds tasks without templates, with few, and templates without a task', () => {
    const { rte: _, ...rest } = TASK_TEMPLATES;
    const tasks = { ...rest, rtee: TASK_TEMPLATES.rte, snli: TASK_TEMPLATES.snli.slice(0, 2) };
    expect(checkCatalogue({ ...BUILTIN_CATALOGUE, tasks })).toEqual([
      { severity: 'error', template: 'rte', message: 'has no templates' },
      { severity: 'note', template: 'snli', message: 'has 2 templates; 5 are drawn from' },
      { severity: 'note', template: 'rtee', message: 'belongs to no task' },
    ]);
  });
});

it('knows the slots of every key', () => {
  expect(Object.keys(TEMPLATE_SLOTS)).toEqual(Object.keys(TASK_TEMPLATES));
  expect(templateSlots('rte')).toEqual(['premise', 'hypothesis', 'options_']);
  expect(templateSlots('toString')).toBeUndefined();
});
