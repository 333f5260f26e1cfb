import type { TaskExample, TaskName } from './data/tasks.js';
import type { Example } from './example-types.js';
import { findTask } from './find-task.js';
import { type LoadTaskOptions, loadTaskBatches } from './load-task.js';
import type { Row } from './row.js';
import type { TaskSpec } from './task-spec.js';
import { promptSpec, rowViewer } from './view-row.js';

/** Options of {@link loadExamples}: those of `loadTask` but for the ones that give other rows. */
export type LoadExamplesOptions = Omit<LoadTaskOptions, 'compat' | 'raw' | 'random'>;

/**
 * Streams one split of a task as examples for prompts of any wording: the texts that a prompt shows, by name, the options as a list,
 * and the answer as text. Their type follows from the task: `loadExamples('rte', …)` gives `inputs.premise`, and a `label` that is
 * `'yes' | 'no'`.
 *
 * @throws {DatasetError} what `loadTask` throws; `DATASET_VALUE_INVALID` for a row without a label, as in test splits whose labels are
 * withheld
 */
export function loadExamples<Name extends TaskName>(
  task: Name,
  options: LoadExamplesOptions,
): AsyncGenerator<TaskExample<Name>>;
export function loadExamples<Of extends Example>(
  task: TaskSpec<Row, Of>,
  options: LoadExamplesOptions,
): AsyncGenerator<Of>;
export function loadExamples(task: string | TaskSpec, options: LoadExamplesOptions): AsyncGenerator<Example>;
export async function* loadExamples(task: string | TaskSpec, options: LoadExamplesOptions): AsyncGenerator<Example> {
  const spec = typeof task === 'string' ? findTask(task) : task;
  const exampleOf = exampleMaker(spec);
  for await (const rows of loadTaskBatches(spec, options)) for (const row of rows) yield exampleOf(row);
}

/** Turns normalised rows of a task into examples. */
export function exampleMaker(task: TaskSpec): (row: Row) => Example {
  const { options: rule } = promptSpec(task, { compat: false });
  const field = rule === null ? undefined : (rule.field ?? 'options');
  const viewOf = rowViewer(task);
  return (row) => {
    const { fields, options, label } = viewOf(row);
    const inputs: Record<string, string> = {};
    for (const { name, text } of fields) if (name !== field) inputs[name] = text;
    return rule === null ? { inputs, label } : { inputs, options, label };
  };
}
