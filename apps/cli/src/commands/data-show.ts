import { findTaskIn, loadTask, pythonText, type Row, viewRow } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';

export const dataShowCommand = defineCommand({
  name: 'data show',
  describe: 'Show the first rows of a task: as published, normalised, and what a prompt sees of them',
  options: {
    task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
    from: {
      type: 'string',
      describe: 'File, dataset folder, folder of <task>/<split>, or hub; the embedded rows when left out',
    },
    split: { type: 'string', describe: 'Split to read', default: 'train' },
    limit: { type: 'number', describe: 'How many rows', default: 2 },
    raw: { type: 'boolean', describe: 'The rows as published', default: false },
    compat: { type: 'boolean', describe: 'As the published study, quirks included', default: false },
    'longest-row': { type: 'number', describe: 'MiB that one row of a text file may have, up to 256', default: 64 },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  },
  examples: [
    { args: 'data show copa --limit 1', describe: 'One row, as a prompt shows it' },
    { args: 'data show rte --raw --json', describe: 'Two published rows, as JSON' },
  ],
  async run({ task, from, split, limit, raw, compat, 'longest-row': longest, 'task-file': file }, { signal }) {
    const spec = await findTaskIn(task, file);
    const shown: { readonly row: Row; readonly fields?: readonly (readonly [string, string])[] }[] = [];
    for await (const row of loadTask(spec, {
      split,
      source: from,
      limit,
      raw,
      compat,
      longestRow: longest * 2 ** 20,
      signal,
    })) {
      if (raw) {
        shown.push({ row });
        continue;
      }
      const { fields, label } = viewRow(spec, row, { compat });
      shown.push({
        row,
        fields: [...fields.map(({ name, text }) => [name, text] as const), ['answer', String(label)]],
      });
    }
    const text = shown.map(({ row, fields }, i) => {
      const lines = fields ?? Object.entries(row).map(([name, value]) => [name, pythonText(value)] as const);
      return [`row ${i + 1}`, ...lines.map(([name, value]) => `  ${name}: ${value}`)].join('\n');
    });
    return { data: shown, text: text.join('\n\n') };
  },
});
