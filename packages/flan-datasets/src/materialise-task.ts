import { writeDataset } from './io/dataset-folder.js';
import { openRowTable, type RowTable } from './io/row-table.js';
import { type LoadTaskOptions, loadTask } from './load-task.js';
import type { TaskSpec } from './task-spec.js';

/**
 * Writes the rows of {@link loadTask} into a dataset folder, replacing one that is there, and opens it for random access. Memory
 * does not grow with the split; Python's `datasets.load_from_disk` opens the folder too.
 */
export async function materialiseTask(
  task: string | TaskSpec,
  folder: string,
  options: LoadTaskOptions,
): Promise<RowTable> {
  await writeDataset(folder, loadTask(task, options), { split: options.split, replace: true });
  return openRowTable(folder);
}
