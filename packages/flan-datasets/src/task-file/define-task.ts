import { type ExamplesOf, type RowsOf, TASK_DEFAULTS, type TaskEntry } from '../data/define.js';
import type { TaskSource, TaskSpec } from '../task-spec.js';

/** A task of the user's own in code: columns and a prompt, and whatever differs from the defaults. */
export type OwnTaskEntry = Omit<TaskEntry, 'source' | 'provenance'> & Partial<Pick<TaskEntry, 'source' | 'provenance'>>;

/**
 * A task of your own in code, for `loadTask` or for a module that is given as a task file. What is left out is as in a YAML file:
 * splits `train` and `test`, no cluster, no templates, the metric `simple_accuracy`, rows at `<name>/{split}.jsonl`. The type of its
 * rows follows from columns and steps, as for tasks of the table.
 */
export function defineTask<const Entry extends OwnTaskEntry>(
  name: string,
  entry: Entry,
): TaskSpec<RowsOf<Entry>, ExamplesOf<Entry>> {
  const source: TaskSource = { kind: 'manual', file: `${name}/{split}.jsonl`, wholeSplit: true };
  const { columns, ...given }: OwnTaskEntry = entry;
  return {
    name,
    ...TASK_DEFAULTS,
    source,
    evaluated: true,
    ...given,
    columns: Object.keys(columns),
    columnTypes: columns,
  };
}
