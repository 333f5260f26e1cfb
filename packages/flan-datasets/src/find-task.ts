import { nearest } from '@flanlab/errors';
import { TASKS, type TaskName } from './data/tasks.js';
import { DatasetError } from './errors.js';
import type { TaskSpec } from './task-spec.js';

export const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[];

/**
 * The task of that name.
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, naming the nearest ones
 */
export function findTask<Name extends TaskName>(name: Name): (typeof TASKS)[Name];
export function findTask(name: string): TaskSpec;
export function findTask(name: string): TaskSpec {
  return findTaskAmong(name, []);
}

/** The same, with tasks of the user's own besides those of the table. */
export function findTaskAmong(name: string, own: readonly TaskSpec[]): TaskSpec {
  const found = own.find((task) => task.name === name);
  if (found) return found;
  if (Object.hasOwn(TASKS, name)) return TASKS[name as TaskName];
  const near = nearest(name, [...own.map((task) => task.name), ...TASK_NAMES]);
  throw new DatasetError(
    'DATASET_TASK_UNKNOWN',
    {
      what: `There is no task "${name}".`,
      why: `The table knows ${TASK_NAMES.length} names${own.length === 0 ? '' : `, the task file ${own.length}`}.`,
      fix: near === undefined ? 'See `flanlab tasks list`.' : `Did you mean "${near}"?`,
    },
    { kind: 'usage' },
  );
}
