import { formatMixtureCard } from '@flanlab/mixtures';
import { showMixture } from '@flanlab/study';
import { defineCommand } from '../command.js';

export const mixShowCommand = defineCommand({
  name: 'mix show',
  describe: 'Show the card of a mixture: rows of each task and cluster, hashes, leakage; and its first rows',
  options: {
    mixture: { type: 'string', describe: 'Folder that flanlab mix build wrote', positional: true, required: true },
    split: { type: 'string', describe: 'Part the rows come from', choices: ['train', 'test'], default: 'train' },
    rows: { type: 'number', describe: 'How many rows', default: 3 },
  },
  examples: [{ args: 'mix show mixture --rows 1', describe: 'The card and one row' }],
  async run({ mixture, split, rows }) {
    const data = await showMixture(mixture, { split, rows });
    const shown = data.rows.map(
      ({ task, template, text, labels }, row) =>
        `--- ${split} row ${row}: ${task}, template ${template}, answer ${labels}\n${text}`,
    );
    return { data, text: [formatMixtureCard(data.card), ...shown].join('\n') };
  },
});
