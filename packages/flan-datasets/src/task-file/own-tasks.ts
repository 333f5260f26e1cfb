import { findTaskAmong } from '../find-task.js';
import type { TaskSpec } from '../task-spec.js';

/**
 * Reads tasks of the user's own: a YAML or JSON file with one task or with a list `tasks`, or a module that exports a list
 * `tasks` of {@link TaskSpec}s (TypeScript where this Node runs it). {@link loadTask} takes them in place of a name.
 *
 * @throws {DatasetError} `DATASET_TASK_INVALID` with every problem at once
 * @throws {FilesError} when the file cannot be read
 */
export async function readTaskFile(path: string): Promise<readonly TaskSpec[]> {
  // Loaded when there is such a file: YAML and the checks of settings take a quarter of the time to start.
  return (await import('./read-task-file.js')).readTaskFile(path);
}

/**
 * The task of a name, from a task file where one is given, or from the table.
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, `DATASET_TASK_INVALID`
 */
export async function findTaskIn(name: string, taskFile: string | undefined): Promise<TaskSpec> {
  return findTaskAmong(name, taskFile === undefined ? [] : await readTaskFile(taskFile));
}
