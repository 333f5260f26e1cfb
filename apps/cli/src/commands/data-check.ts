import { EXIT_CODES } from '@flanlab/errors';
import { checkTask, findTaskIn, type TaskCheck } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';

export const dataCheckCommand = defineCommand({
  name: 'data check',
  describe: 'Read a whole split of a task and report broken rows, answers, and what else is odd',
  options: {
    task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
    from: {
      type: 'string',
      describe: 'File, dataset folder, folder of <task>/<split>, or hub; the embedded rows when left out',
    },
    split: { type: 'string', describe: 'Split to read', default: 'train' },
    limit: { type: 'number', describe: 'At most this many published rows' },
    compat: { type: 'boolean', describe: 'As the published study, quirks included', default: false },
    'longest-row': { type: 'number', describe: 'MiB that one row of a text file may have, up to 256', default: 64 },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  },
  examples: [
    { args: 'data check rte --split validation', describe: 'Counts, answers and warnings' },
    { args: 'data check wsc273 --split test --json', describe: 'The same as JSON' },
  ],
  async run({ task, from, split, limit, compat, 'longest-row': longest, 'task-file': file }, { signal, progress }) {
    const spec = await findTaskIn(task, file);
    const check = await checkTask(spec, {
      split,
      source: from,
      limit,
      compat,
      longestRow: longest * 2 ** 20,
      signal,
      onProgress: ({ read }) =>
        progress.update({ title: `${task} (${split})`, done: read, total: limit ?? read, unit: 'rows' }),
    });
    progress.end();
    const exitCode = check.broken > 0 ? EXIT_CODES.input : 0;
    return { data: check, text: linesOf(check).join('\n'), exitCode };
  },
});

function linesOf({ task, split, read, kept, leftOut, broken, problems, labels, differentLabels, warnings }: TaskCheck) {
  const answers = labels.map(([label, count]) => `${JSON.stringify(label)} (${count})`).join(', ');
  return [
    `${task} (${split}): ${read} rows read, ${kept} usable, ${leftOut} left out, ${broken} broken`,
    `answers: ${differentLabels} different; most frequent ${answers || 'none'}`,
    ...problems.map(({ row, code, message }) => `row ${row}: ${code} ${message}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}
