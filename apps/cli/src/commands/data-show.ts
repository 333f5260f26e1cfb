import { findTaskIn, loadTask, pythonText, type Row, viewRow } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { TASK_ROWS_OPTIONS, taskRows } from '../task-rows.js';

export const dataShowCommand = defineCommand({
  name: 'data show',
  describe: 'Show the first rows of a task: as published, normalised, and what a prompt sees of them',
  options: {
    ...TASK_ROWS_OPTIONS,
    limit: { type: 'number', describe: 'How many rows', default: 2 },
    raw: { type: 'boolean', describe: 'The rows as published', default: false },
  },
  examples: [
    { args: 'data show copa --limit 1', describe: 'One row, as a prompt shows it' },
    { args: 'data show rte --raw --json', describe: 'Two published rows, as JSON' },
  ],
  async run(args, { signal }) {
    const { limit, raw, compat } = args;
    const spec = await findTaskIn(args.task, args['task-file']);
    const shown: { readonly row: Row; readonly fields?: readonly (readonly [string, string])[] }[] = [];
    for await (const row of loadTask(spec, { ...taskRows(args), limit, raw, signal })) {
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
