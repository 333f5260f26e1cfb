import { nearest, type Problem, problemList } from '@flanlab/errors';
import { inClusterOrder, TASK_CLUSTERS, TASKS, type TaskSpec } from '@flanlab/flan-datasets';
import { SETUP_NAMES, SETUPS, type SetupName, type SetupSpec } from './data/setups.js';
import { MixtureError } from './errors.js';

/** What a set-up means for a table of tasks. */
export interface ResolvedSetup {
  /** The set-up's name, or `custom`. */
  readonly name: string;
  readonly description: string;
  /** Tasks to mix, in the order of the task table or of the given list. */
  readonly tasks: readonly string[];
  /** Tasks that stay unseen: the named ones, or every other task of the table. */
  readonly heldOut: readonly string[];
}

/** The facts of a task that set-ups look at. */
export type MixableTask = Pick<TaskSpec, 'cluster' | 'alwaysHeldOut'>;

export interface ResolveSetupOptions {
  /** What a custom set-up is called in cards and errors. */
  readonly name?: string;
  /** All tasks that exist; flanlab's own table when left out. */
  readonly tasks?: Readonly<Record<string, MixableTask>>;
  /** The reference's literal lists: set-up 3 is empty and set-up 6 equals set-up 5 (Q39). */
  readonly compat?: boolean;
}

/**
 * Turns a set-up into lists of tasks.
 *
 * @throws {MixtureError} `MIXTURE_SETUP_UNKNOWN` and `MIXTURE_TASK_UNKNOWN` with the nearest names, `MIXTURE_SETUP_INVALID`
 * for contradictions (all at once), `MIXTURE_EMPTY` when no task is left
 */
export function resolveSetup(
  setup: SetupName | SetupSpec | (string & {}),
  { name, tasks = TASKS, compat = false }: ResolveSetupOptions = {},
): ResolvedSetup {
  const spec = typeof setup === 'string' ? namedSetup(setup) : setup;
  const title = typeof setup === 'string' ? setup : (name ?? 'custom');
  checkTasks(title, spec, tasks);
  checkLists(title, spec);
  const mixed = spec.tasks ?? selected(spec, tasks, compat);
  if (mixed.length === 0) {
    throw new MixtureError('MIXTURE_EMPTY', {
      what: `The set-up ${title} mixes no task.`,
      why: compat
        ? 'In compat mode the tasks it wants are on the list of tasks that are always held out.'
        : 'All tasks are dropped.',
      fix: compat ? 'Leave compat mode, or name the task in keepTasks of a set-up of your own.' : 'Drop fewer tasks.',
    });
  }
  const heldOut = spec.heldOut ?? Object.keys(tasks).filter((task) => !mixed.includes(task));
  return { name: title, description: spec.description, tasks: mixed, heldOut };
}

function namedSetup(setup: string): SetupSpec {
  const found = Object.hasOwn(SETUPS, setup) ? SETUPS[setup as SetupName] : undefined;
  if (found) return found;
  const near = nearest(setup, SETUP_NAMES);
  throw new MixtureError(
    'MIXTURE_SETUP_UNKNOWN',
    {
      what: `There is no set-up "${setup}".`,
      why: `Known set-ups are: ${SETUP_NAMES.join(', ')}.`,
      fix: near === undefined ? 'Choose one of these, or list the tasks yourself.' : `Did you mean "${near}"?`,
    },
    { kind: 'usage' },
  );
}

function selected(spec: SetupSpec, tasks: Readonly<Record<string, MixableTask>>, compat: boolean): readonly string[] {
  const { dropClusters = [], dropTasks = [], keepTasks = [] } = spec;
  const mixed = Object.entries(tasks).flatMap(([name, { cluster, alwaysHeldOut }]) => {
    const kept = !alwaysHeldOut || (!compat && keepTasks.includes(name));
    const dropped = cluster === null || dropClusters.includes(cluster) || dropTasks.includes(name);
    return kept && !dropped ? [name] : [];
  });
  return inClusterOrder(mixed);
}

function checkTasks(title: string, spec: SetupSpec, tasks: Readonly<Record<string, MixableTask>>): void {
  const known = Object.keys(tasks);
  const lists = [spec.tasks, spec.heldOut, spec.dropTasks, spec.keepTasks];
  const unknown = lists.flatMap((list) => list ?? []).filter((task) => !known.includes(task));
  if (unknown.length === 0) return;
  const near = unknown.flatMap((task) => {
    const suggestion = nearest(task, known);
    return suggestion === undefined ? [] : [`"${suggestion}" for "${task}"`];
  });
  throw new MixtureError(
    'MIXTURE_TASK_UNKNOWN',
    {
      what: `The set-up ${title} names unknown tasks: ${unknown.join(', ')}.`,
      why: `There are ${known.length} tasks, and these are not among them.`,
      fix:
        near.length > 0
          ? `Did you mean ${near.join(', ')}?`
          : 'See flanlab tasks list; tasks of your own need their task file.',
    },
    { kind: 'usage' },
  );
}

function checkLists(title: string, { tasks = [], heldOut = [], dropClusters = [] }: SetupSpec): void {
  const problems: Problem[] = [];
  for (const task of new Set(tasks)) {
    if (heldOut.includes(task)) problems.push({ path: `heldOut.${task}`, message: 'is mixed and held out at once' });
    if (tasks.indexOf(task) !== tasks.lastIndexOf(task))
      problems.push({ path: `tasks.${task}`, message: 'is named twice' });
  }
  for (const cluster of dropClusters) {
    const near = nearest(cluster, TASK_CLUSTERS);
    if (!TASK_CLUSTERS.includes(cluster)) {
      problems.push({
        path: `dropClusters.${cluster}`,
        message: `is no cluster${near ? `; did you mean ${near}` : ''}`,
      });
    }
  }
  if (problems.length === 0) return;
  throw new MixtureError(
    'MIXTURE_SETUP_INVALID',
    {
      what: `The set-up ${title} contradicts itself:${problemList(problems)}`,
      why: 'Each task is either mixed, once, or held out; clusters are named as in the task table.',
      fix: 'Correct these entries.',
    },
    { kind: 'usage' },
  );
}
