import { showMixture } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { formatMixture } from '../terminal/format-mixture.js';

export const mixShowCommand = defineCommand({
  name: 'mix show',
  describe: 'Show the card of a mixture: rows of each task and cluster, hashes, leakage; and its first rows',
  options: {
    mixture: { type: 'string', describe: 'Folder that flanlab mix build wrote', positional: true, required: true },
    split: { type: 'string', describe: 'Part the rows come from', choices: ['train', 'test'], default: 'train' },
    rows: { type: 'number', describe: 'How many rows', default: 3 },
    task: { type: 'string', describe: 'Rows of this task only' },
  },
  examples: [
    { args: 'mix show mixture --rows 1', describe: 'The card and one row' },
    { args: 'mix show mixture --rows 1 --task rte', describe: 'A row of one task' },
  ],
  async run({ mixture, split, rows, task: only }) {
    const data = await showMixture(mixture, { split, rows, task: only });
    const shown = data.rows.map(
      ({ task, template, text, labels }, index) =>
        `── ${split}, ${only === undefined ? 'row' : `row of ${only}`} ${index}: ${task}, template ${template}, answer ${labels}\n${text}`,
    );
    return { data, text: [formatMixture(data.card), ...shown].join('\n\n') };
  },
});
