import { describeTask, readTaskFile, TASK_CLUSTERS, TASKS, type TaskSpec } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

export const tasksListCommand = defineCommand({
  name: 'tasks list',
  describe: 'List every task with its cluster, metric, test split and licence',
  options: {
    cluster: {
      type: 'string',
      describe: 'Only tasks of this cluster; none for those in no cluster',
      choices: [...TASK_CLUSTERS, 'none'],
    },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  },
  examples: [
    { args: 'tasks list', describe: 'All tasks as a table' },
    { args: 'tasks list --cluster nli --json', describe: 'The inference tasks, as JSON' },
  ],
  async run({ cluster, 'task-file': file }) {
    const own = file === undefined ? [] : await readTaskFile(file);
    const all: readonly TaskSpec[] = [...Object.values(TASKS), ...own];
    const tasks = all.filter((task) => cluster === undefined || (task.cluster ?? 'none') === cluster).map(describeTask);
    const rows = tasks.map(({ name, cluster: of, category, metric, testSplit, licence }) => [
      name,
      of ?? '-',
      category ?? '-',
      metric,
      testSplit,
      licence?.id ?? '-',
    ]);
    return {
      data: tasks,
      text: formatTable([['task', 'cluster', 'category', 'metric', 'test split', 'licence'], ...rows]),
    };
  },
});
