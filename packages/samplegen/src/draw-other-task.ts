import { inClusterOrder, TASKS, type TaskSpec } from '@flanlab/flan-datasets';
import type { PythonRandom } from '@flanlab/random';
import { PromptError } from './errors.js';

/**
 * Draws the task whose rows serve as adversarial samples (behaviour 6.5, `same_cat_as_target`): first another cluster of the
 * same category, then one of its tasks. Give its rows, not halved, to `createPrompts` as `context`.
 *
 * @throws {PromptError} `PROMPT_TASK_UNSUPPORTED` for a task without a cluster (Q34)
 */
export function drawOtherTask(
  task: TaskSpec,
  random: PythonRandom,
  tasks: Readonly<Record<string, TaskSpec>> = TASKS,
): TaskSpec {
  const { cluster, category } = task;
  const others = Object.values(tasks).filter(
    (other) => other.cluster !== null && other.cluster !== cluster && other.category === category,
  );
  const clusters = [...new Set(others.map((other) => other.cluster))];
  if (cluster === null || clusters.length === 0) {
    throw new PromptError(
      'PROMPT_TASK_UNSUPPORTED',
      {
        what: `There are no adversarial samples for ${task.name}.`,
        why: cluster === null ? 'It belongs to no cluster.' : `No other cluster has the category ${category}.`,
        fix: 'Choose a task of a cluster, or name the other task yourself (--adversarial-task).',
      },
      { kind: 'usage' },
    );
  }
  const drawn = random.choice(clusters);
  const names = others.flatMap(({ name, cluster: its }) => (its === drawn ? [name] : []));
  const name = random.choice(inClusterOrder(names));
  return others.find((other) => other.name === name)!;
}
