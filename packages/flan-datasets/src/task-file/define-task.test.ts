import { describe, expect, expectTypeOf, it } from 'vitest';
import { loadTask } from '../load-task.js';
import { fixedOptions } from '../options-rules.js';
import type { Row } from '../row.js';
import { add, compute, flatten, remove, rename, takeFirst } from '../steps.js';
import type { TaskSpec } from '../task-spec.js';
import { describeTask } from '../tasks-page.js';
import { viewRow } from '../view-row.js';
import { defineTask } from './define-task.js';

const prompt = { options: null, label: () => 'x' };

describe('a task in code', () => {
  const task = defineTask('rain', {
    columns: { report: 'text', days: ['text'], id: 'integer' },
    normalise: [compute({ label: ({ days }) => Number((days as readonly string[]).includes('rain')) }), remove('days')],
    prompt: { options: fixedOptions('dry', 'wet'), label: ({ label }) => (label === 1 ? 'wet' : 'dry') },
    metric: 'accuracy',
  });

  it('has what a task file leaves to defaults', () => {
    expect(describeTask(task)).toMatchObject({
      ...{ name: 'rain', publishedAs: 'rain/{split}.jsonl', trainSplit: 'train', testSplit: 'test', cluster: null },
      ...{ columns: ['report', 'days', 'id'], metric: 'accuracy', evaluated: true, licence: null },
    });
  });

  it('has rows of the type that its columns and steps give', () => {
    expectTypeOf(task).toEqualTypeOf<
      TaskSpec<
        { readonly report: string; readonly id: number; readonly label: number },
        {
          readonly inputs: { readonly report: string };
          readonly options: readonly ('dry' | 'wet')[];
          readonly label: string | number;
        }
      >
    >();
    const row: Row = { report: 'Clouds.', id: 1, label: 1 };
    expect(viewRow(task, row)).toMatchObject({
      fields: [
        { name: 'report', text: 'Clouds.' },
        { name: 'options', text: 'dry; wet' },
      ],
      label: 'wet',
    });
  });

  it('follows every step', () => {
    const all = defineTask('all', {
      columns: { a: { b: [['text']], c: 'boolean' }, d: 'number' },
      normalise: [flatten(), rename({ 'a.b': 'first', d: 'e' }), takeFirst('first'), add({ options: '', n: 0 })],
      prompt,
    });
    expectTypeOf(all).toEqualTypeOf<
      TaskSpec<
        {
          readonly first: string;
          readonly 'a.c': boolean;
          readonly e: number;
          readonly options: string;
          readonly n: number;
        },
        { readonly inputs: { readonly [Name in 'first' | 'a.c' | 'e' | 'n']: string }; readonly label: string | number }
      >
    >();
  });

  it('has general rows after a step that does not say what it does', () => {
    const own = defineTask('own', { columns: { a: 'text' }, normalise: [(row) => row], prompt });
    expectTypeOf(loadTask(own, { split: 'train' })).toEqualTypeOf<AsyncGenerator<Row>>();
  });
});
