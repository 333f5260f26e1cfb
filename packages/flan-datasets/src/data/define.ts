import { pythonText } from '../python-text.js';
import { type FieldValue, isList, type Row } from '../row.js';
import { firstElement } from '../steps.js';
import type { Mode, TaskSource, TaskSpec } from '../task-spec.js';

/** What every FLAN task shares unless it says otherwise. */
const DEFAULTS = {
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

/** One line of a task table: what is particular about the task. */
export type TaskEntry = Omit<TaskSpec, 'name' | keyof typeof DEFAULTS> & Partial<Pick<TaskSpec, keyof typeof DEFAULTS>>;

/** Completes a table of tasks: the key is the name, `shared` is what its entries have in common. */
export function defineTasks<Entries extends Readonly<Record<string, TaskEntry>>>(
  shared: Partial<Pick<TaskSpec, keyof typeof DEFAULTS>>,
  entries: Entries,
): { readonly [Name in keyof Entries]: TaskSpec } {
  const specs = Object.entries(entries).map(([name, entry]) => [name, { name, ...DEFAULTS, ...shared, ...entry }]);
  return Object.fromEntries(specs);
}

/** A data set on the hub. Rows past the 100,000th are left out in compat mode unless `wholeSplit` is set. */
export function hub(path: string, config?: string, { wholeSplit }: { readonly wholeSplit?: true } = {}): TaskSource {
  return { kind: 'hub', path, ...(config && { config }), ...(wholeSplit && { wholeSplit }) };
}

/** The reference keeps a list of options as one text joined with '; ' (Q17); the default mode keeps the list. */
export function joinedInCompat(value: FieldValue, { compat }: Mode): FieldValue {
  return compat && isList(value) ? value.map(pythonText).join('; ') : value;
}

/** Leaves out rows whose answer list is empty, except in compat mode, where they print as `[]` (Q18). */
export function hasAnswer(answers: (row: Row) => FieldValue | undefined): NonNullable<TaskSpec['filter']> {
  return (row, { compat }) => compat || !isList(firstElement(answers(row) ?? []));
}
