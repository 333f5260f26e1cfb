import type { CleanPrompt, ExampleOf } from '../example-types.js';
import { pythonText } from '../python-text.js';
import { type FieldValue, isList, type Row } from '../row.js';
import type { AfterSteps, ColumnTypes, RowOf } from '../row-types.js';
import { saying } from '../saying.js';
import { firstElement, mapColumn } from '../steps.js';
import type { Mode, Step, TaskSource, TaskSpec, TypedStep } from '../task-spec.js';
import type { Provenance } from './provenance.js';

/** What every FLAN task shares unless it says otherwise. */
export const TASK_DEFAULTS = {
  group: 'flan',
  cluster: null,
  category: null,
  splits: { train: 'train', test: 'test' },
  normalise: [],
  templateKey: null,
  metric: 'simple_accuracy',
  evaluated: false,
  alwaysHeldOut: false,
  quirks: [],
} as const;

/** What entries of a table may have in common. */
export type SharedEntry = Partial<Pick<TaskSpec, keyof typeof TASK_DEFAULTS>>;

/** One line of a task table: what is particular about the task. */
export interface TaskEntry
  extends Omit<TaskSpec<never, never>, 'name' | 'provenance' | 'columns' | 'columnTypes' | keyof typeof TASK_DEFAULTS>,
    SharedEntry {
  readonly provenance: Provenance;
  /** The published columns that normalisation reads, in published order, and what they hold. */
  readonly columns: ColumnTypes;
}

/** The steps of an entry, or else those that its table shares. */
export type StepsOf<Entry, Shared> = Entry extends { readonly normalise: infer Steps }
  ? Steps
  : Shared extends { readonly normalise: infer Steps }
    ? Steps
    : readonly [];

/** The normalised rows of an entry. */
export type RowsOf<Entry extends { readonly columns: ColumnTypes }, Shared = object> = AfterSteps<
  RowOf<Entry['columns']>,
  StepsOf<Entry, Shared>
>;

/** The examples of an entry. */
export type ExamplesOf<Entry extends { readonly columns: ColumnTypes }, Shared = object> = ExampleOf<
  RowsOf<Entry, Shared>,
  CleanPrompt<Entry>
>;

/** A table of tasks whose rows and examples have the types that their entries give. */
export type TaskTable<Shared, Entries extends Readonly<Record<string, TaskEntry>>> = {
  readonly [Name in keyof Entries]: TaskSpec<RowsOf<Entries[Name], Shared>, ExamplesOf<Entries[Name], Shared>>;
};

/** Completes a table of tasks: the key is the name, `shared` is what its entries have in common. */
export function defineTasks<
  const Shared extends SharedEntry,
  const Entries extends Readonly<Record<string, TaskEntry>>,
>(shared: Shared, entries: Entries): TaskTable<Shared, Entries> {
  const specs = Object.entries(entries).map(([name, entry]) => [
    name,
    { name, ...TASK_DEFAULTS, ...shared, ...entry, columns: Object.keys(entry.columns), columnTypes: entry.columns },
  ]);
  return Object.fromEntries(specs);
}

/** A data set on the hub. Rows past the 100,000th are left out in compat mode unless `wholeSplit` is set. */
export function hub(path: string, config?: string, { wholeSplit }: { readonly wholeSplit?: true } = {}): TaskSource {
  return { kind: 'hub', path, ...(config && { config }), ...(wholeSplit && { wholeSplit }) };
}

/** The reference keeps a list of options as one text joined with '; ' (Q17); the default mode keeps the list. */
export function joinInCompat(column: string): TypedStep<{ readonly nothing: true }> {
  const step: Step = mapColumn(column, (value, { compat }) =>
    compat && isList(value) ? value.map(pythonText).join('; ') : value,
  );
  return saying(`join ${column} to one text in compat mode`, step);
}

/** Leaves out rows whose answer list is empty, except in compat mode, where they print as `[]` (Q18). */
export function hasAnswer(answers: (row: Row) => FieldValue | undefined): NonNullable<TaskSpec['filter']> {
  return saying(
    'that have an answer',
    (row: Row, { compat }: Mode) => compat || !isList(firstElement(answers(row) ?? [])),
  );
}
