import { findTask, locateSplit, splitFor, storedSplit, type TaskSpec } from '@flanlab/flan-datasets';
import type { StudyConfig } from '../config/schema.js';
import { EMBEDDED } from '../embedded.js';
import type { StageContext } from '../engine/stage.js';
import { DATA_STAGE, isFromHub } from './places.js';

/** The tasks of one study, from the table and from its file of own tasks, and where their rows are. */
export interface StudyTasks {
  /** @throws {DatasetError} `DATASET_TASK_UNKNOWN` */
  readonly find: (name: string) => TaskSpec;
  /** Names without repeats, those of training first. */
  readonly all: readonly string[];
  /** Of `all`, those that the study's own file describes. */
  readonly own: readonly string[];
  /** Folder of a task's rows. */
  readonly rowsFolder: (task: string, context: Pick<StageContext, 'input'>) => string;
  /** The splits that a study reads: what each task trains on, since tests show solved samples of it, and what test tasks are tested on. */
  readonly splits: (tasks: readonly string[]) => readonly TaskSplit[];
  /** Whether the stage `data` fetches a task's rows. */
  readonly isFetched: (task: string) => boolean;
}

export interface TaskSplit {
  readonly task: TaskSpec;
  readonly split: string;
}

export function studyTasks(config: StudyConfig, ownTasks: readonly TaskSpec[]): StudyTasks {
  const { train, test } = config.tasks;
  const { source, taskRows } = config.data;
  const byName = new Map(ownTasks.map((task) => [task.name, task]));
  const find = (name: string): TaskSpec => byName.get(name) ?? findTask(name);
  const givenRows = (name: string): string | undefined => (byName.has(name) ? taskRows : undefined);
  const all = [...new Set([...train, ...test])];
  return {
    find,
    all,
    own: all.filter((name) => byName.has(name)),
    isFetched: (name) => isFromHub(config) && givenRows(name) === undefined,
    rowsFolder: (name, { input }) =>
      givenRows(name) ?? (isFromHub(config) ? input(DATA_STAGE) : source === 'embedded' ? EMBEDDED.data : source),
    splits: (names) =>
      names.flatMap((name) => {
        const task = find(name);
        const uses = test.includes(name) ? (['train', 'test'] as const) : (['train'] as const);
        const splits = uses.map((use) => storedSplit(task, splitFor(task, use, { compat: false })));
        return [...new Set(splits)].map((split) => ({ task, split }));
      }),
  };
}

/** The file of a study's own tasks, for stages whose result depends on what it says. */
export const taskFileOf = ({ data }: StudyConfig): readonly string[] =>
  data.taskFile === undefined ? [] : [data.taskFile];

/** What a stage that reads the rows of tasks depends on. */
export function dataNeeds(
  config: StudyConfig,
  tasks: StudyTasks,
  names: readonly string[],
): { readonly needs: readonly string[]; readonly files: () => Promise<readonly string[]> } {
  return {
    needs: isFromHub(config) ? [DATA_STAGE] : [],
    files: async () => {
      const given = names.filter((name) => !tasks.isFetched(name));
      const paths = await Promise.all(
        tasks
          .splits(given)
          .map(({ task, split }) => locateSplit(task, { split, source: tasks.rowsFolder(task.name, NO_STAGES) })),
      );
      // What is missing is told when it is read.
      return [...new Set(paths.filter((path) => path !== undefined))];
    },
  };
}

const NO_STAGES: Pick<StageContext, 'input'> = { input: (stage) => stage };
