import { EXIT_CODES } from '@flanlab/errors';
import { checkTask, findTaskIn, type TaskCheck } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { TASK_ROWS_OPTIONS, taskRows } from '../task-rows.js';

export const dataCheckCommand = defineCommand({
  name: 'data check',
  describe: 'Read a whole split of a task and report broken rows, answers, and what else is odd',
  options: {
    ...TASK_ROWS_OPTIONS,
    limit: { type: 'number', describe: 'At most this many published rows' },
  },
  examples: [
    { args: 'data check rte --split validation', describe: 'Counts, answers and warnings' },
    { args: 'data check wsc273 --split test --json', describe: 'The same as JSON' },
  ],
  async run(args, { signal, progress }) {
    const { task, split, limit } = args;
    const check = await checkTask(await findTaskIn(task, args['task-file']), {
      ...taskRows(args),
      limit,
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
