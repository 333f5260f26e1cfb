import { findTaskIn, loadTask, writeRows } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';

export const dataConvertCommand = defineCommand({
  name: 'data convert',
  describe: 'Read one split of a task, normalise it, and write it in another format',
  options: {
    task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
    from: {
      type: 'string',
      describe: 'File, dataset folder, folder of <task>/<split>, or hub; the embedded rows when left out',
    },
    split: { type: 'string', describe: 'Split to read', default: 'train' },
    to: { type: 'string', describe: '.jsonl, .parquet, .csv or .tsv file, or a folder for Arrow', required: true },
    limit: { type: 'number', describe: 'At most this many rows' },
    raw: { type: 'boolean', describe: 'Leave the rows as published', default: false },
    compat: { type: 'boolean', describe: 'As the published study, quirks included', default: false },
    'longest-row': { type: 'number', describe: 'MiB that one row of a text file may have, up to 256', default: 64 },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  },
  examples: [
    { args: 'data convert rte --split train --to out/rte.jsonl', describe: 'Embedded rows, normalised, as JSON Lines' },
    {
      args: 'data convert rte --split validation --to out/rte --json',
      describe: 'As an Arrow folder for load_from_disk',
    },
  ],
  async run(
    { task, from, split, to, limit, raw, compat, 'longest-row': longest, 'task-file': file },
    { signal, progress },
  ) {
    const spec = await findTaskIn(task, file);
    const rows = loadTask(spec, {
      split,
      source: from,
      limit,
      raw,
      compat,
      longestRow: longest * 2 ** 20,
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
