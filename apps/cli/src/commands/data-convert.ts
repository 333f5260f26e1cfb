import { findTaskIn, loadTask, writeRows } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { TASK_ROWS_OPTIONS, taskRows } from '../task-rows.js';

export const dataConvertCommand = defineCommand({
  name: 'data convert',
  describe: 'Read one split of a task, normalise it, and write it in another format',
  options: {
    ...TASK_ROWS_OPTIONS,
    to: { type: 'string', describe: '.jsonl, .parquet, .csv or .tsv file, or a folder for Arrow', required: true },
    limit: { type: 'number', describe: 'At most this many rows' },
    raw: { type: 'boolean', describe: 'Leave the rows as published', default: false },
  },
  examples: [
    { args: 'data convert rte --split train --to out/rte.jsonl', describe: 'Embedded rows, normalised, as JSON Lines' },
    {
      args: 'data convert rte --split validation --to out/rte --json',
      describe: 'As an Arrow folder for load_from_disk',
    },
  ],
  async run(args, { signal, progress }) {
    const { task, split, to, limit, raw, compat } = args;
    const rows = loadTask(await findTaskIn(task, args['task-file']), {
      ...taskRows(args),
      limit,
      raw,
      signal,
      onProgress: ({ kept }) =>
        progress.update({ title: `${task} (${split})`, done: kept, total: limit ?? kept, unit: 'rows' }),
    });
    const count = await writeRows(to, rows);
    progress.end();
    return {
      data: { task, split, rows: count, to, raw, compat },
      text: `${count} rows of ${task} (${split}) in ${to}`,
    };
  },
});
