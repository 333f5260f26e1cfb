import type { Arguments, OptionTable } from './command.js';

/** What every command asks for that reads the rows of one task. */
export const TASK_ROWS_OPTIONS = {
  task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
  from: {
    type: 'string',
    describe: 'File, dataset folder, folder of <task>/<split>, or hub; the embedded rows when left out',
  },
  split: { type: 'string', describe: 'Split to read', default: 'train' },
  compat: { type: 'boolean', describe: 'As the published study, quirks included', default: false },
  'longest-row': { type: 'number', describe: 'MiB that one row of a text file may have, up to 256', default: 64 },
  'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
} as const satisfies OptionTable;

/** Which rows these options mean. */
export const taskRows = ({
  split,
  from,
  compat,
  'longest-row': longest,
}: Pick<Arguments<typeof TASK_ROWS_OPTIONS>, 'split' | 'from' | 'compat' | 'longest-row'>) =>
  ({ split, source: from, compat, longestRow: longest * 2 ** 20 }) as const;
