import { describe, expect, expectTypeOf, it } from 'vitest';
import reference from '../fixtures/reference-rows.json' with { type: 'json' };
import { TASKS, type TaskName, type TaskRow } from './data/tasks.js';
import { findTask, TASK_NAMES } from './find-task.js';
import type { RowTable } from './io/row-table.js';
import { loadTask } from './load-task.js';
import { materialiseTask } from './materialise-task.js';
import { normaliseRow } from './normalise.js';
import { type FieldValue, isList, isStruct, type Row } from './row.js';
import type { ColumnType } from './row-types.js';
import type { TaskSpec } from './task-spec.js';

/** The reference's normalised row of each task, with the types that TypeScript gives the JSON. */
type WorkedExample<Name extends TaskName> = (typeof reference)[Name] extends { readonly normalised: infer Example }
  ? Example
  : (typeof reference)[Name]['raw'];

/** The tasks whose type has other fields than the worked example. */
type OtherFields = {
  [Name in TaskName]: [keyof TaskRow<Name>, keyof WorkedExample<Name>] extends [
    keyof WorkedExample<Name>,
    keyof TaskRow<Name>,
  ]
    ? never
    : Name;
}[TaskName];

/** The tasks whose type the worked example does not have. */
type OtherCells = {
  [Name in TaskName]: WorkedExample<Name> extends TaskRow<Name> ? never : Name;
}[TaskName];

describe('the type of a normalised row', () => {
  it('has the fields of the worked example, for every task', () => {
    expectTypeOf<OtherFields>().toEqualTypeOf<never>();
  });

  it('has its cells too, but for options that only the reference joins to one text (Q17)', () => {
    expectTypeOf<OtherCells>().toEqualTypeOf<'arc' | 'arc_easy' | 'openbookqa'>();
    expectTypeOf<TaskRow<'arc'>['options']>().toEqualTypeOf<readonly string[]>();
  });

  it('follows from columns and steps', () => {
    expectTypeOf<TaskRow<'rte'>>().toEqualTypeOf<{
      readonly premise: string;
      readonly hypothesis: string;
      readonly label: number;
      readonly idx: number;
      readonly options: string;
    }>();
    expectTypeOf<TaskRow<'bool_q'>['label']>().toEqualTypeOf<boolean>();
    expectTypeOf<TaskRow<'squad'>['label']>().toEqualTypeOf<string>(); // the first of `answers.text`
    expectTypeOf<TaskRow<'squad_v2'>['label']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<TaskRow<'multirc'>['idx']['paragraph']>().toEqualTypeOf<number>();
    expectTypeOf<TaskRow<'dart'>['tripleset']>().toEqualTypeOf<readonly (readonly string[])[]>();
    expectTypeOf<keyof TaskRow<'samsum'>>().toEqualTypeOf<'id' | 'dialogue' | 'summary' | 'label'>();
  });

  it('is what loading a task gives', () => {
    const options = { split: 'train' } as const;
    expectTypeOf(loadTask('rte', options)).toEqualTypeOf<AsyncGenerator<TaskRow<'rte'>>>();
    expectTypeOf(loadTask(TASKS.rte, options)).toEqualTypeOf<AsyncGenerator<TaskRow<'rte'>>>();
    expectTypeOf(loadTask(findTask('rte'), options)).toEqualTypeOf<AsyncGenerator<TaskRow<'rte'>>>();
    const materialised = () => materialiseTask('rte', 'folder', options);
    expectTypeOf(materialised).returns.resolves.toEqualTypeOf<RowTable<TaskRow<'rte'>>>();
  });

  it('is the general one in compat mode, of unchanged rows, and of tasks known only when running', () => {
    const options = { split: 'train' } as const;
    const own = TASKS.rte as TaskSpec;
    expectTypeOf(loadTask('rte', { ...options, compat: true })).toEqualTypeOf<AsyncGenerator<Row>>();
    expectTypeOf(loadTask('rte', { ...options, raw: true })).toEqualTypeOf<AsyncGenerator<Row>>();
    expectTypeOf(loadTask('rte' as string, options)).toEqualTypeOf<AsyncGenerator<Row>>();
    expectTypeOf(loadTask(own, options)).toEqualTypeOf<AsyncGenerator<Row>>();
    expectTypeOf(findTask('rte' as string)).toEqualTypeOf<TaskSpec>();
  });
});

describe.each(TASK_NAMES)('%s', (name) => {
  const { raw, columns }: { readonly raw: Row; readonly columns?: readonly string[] } = reference[name];

  it('publishes what its columns say', () => {
    for (const [column, type] of Object.entries(TASKS[name].columnTypes ?? {}))
      if (column in raw) expect(holds(raw[column], type), `${column}: ${JSON.stringify(raw[column])}`).toBe(true);
    expect(Object.keys(TASKS[name].columnTypes ?? {})).toEqual(TASKS[name].columns);
  });

  it('gives the same fields in the default mode', () => {
    const row = normaliseRow(TASKS[name], raw, { compat: false });
    expect(Object.keys(row!)).toEqual(columns ?? Object.keys(raw));
  });
});

function holds(value: FieldValue | undefined, type: ColumnType): boolean {
  if (typeof type === 'object') {
    if (Array.isArray(type)) return isList(value) && value.every((item) => holds(item, type[0]));
    return isStruct(value) && Object.entries(type).every(([field, of]) => holds(value[field], of));
  }
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return isStruct(value);
  return typeof value === { text: 'string', number: 'number', boolean: 'boolean' }[type];
}
