import type { TaskName, TaskRow } from './data/tasks.js';
import { writeDataset } from './io/dataset-folder.js';
import { openRowTable, type RowTable } from './io/row-table.js';
import { type LoadTaskOptions, loadTask, type NormalisedOptions } from './load-task.js';
import type { Row } from './row.js';
import type { TaskSpec } from './task-spec.js';

/**
 * Writes the rows of {@link loadTask} into a dataset folder, replacing one that is there, and opens it for random access. Memory
 * does not grow with the split; Python's `datasets.load_from_disk` opens the folder too. Rows are
 * typed as those of {@link loadTask}.
 */
export function materialiseTask<Name extends TaskName>(
  task: Name,
  folder: string,
  options: NormalisedOptions,
): Promise<RowTable<TaskRow<Name>>>;
export function materialiseTask<Example extends Row>(
  task: TaskSpec<Example>,
  folder: string,
  options: NormalisedOptions,
): Promise<RowTable<Example>>;
export function materialiseTask(task: string | TaskSpec, folder: string, options: LoadTaskOptions): Promise<RowTable>;
export async function materialiseTask(
  task: string | TaskSpec,
  folder: string,
  options: LoadTaskOptions,
): Promise<RowTable> {
  await writeDataset(folder, loadTask(task, options), { split: options.split, replace: true });
  return openRowTable(folder);
}
