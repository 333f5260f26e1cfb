import { formatMixtureCard, SETUP_NAMES } from '@flanlab/mixtures';
import { PROMPT_KINDS } from '@flanlab/samplegen';
import { createMixture } from '@flanlab/study';
import { defineCommand } from '../command.js';

export const mixBuildCommand = defineCommand({
  name: 'mix build',
  describe: 'Mix the training prompts of a set-up into one dataset',
  options: {
    setup: { type: 'string', describe: `One of ${SETUP_NAMES.join(', ')}`, positional: true, required: true },
    prompts: { type: 'string', describe: 'Folder of <task>/train, or of <kind>/<task>/train', required: true },
    kind: { type: 'string', describe: 'Kind of prompt, where the folder has several', choices: PROMPT_KINDS },
    seed: { type: 'number', describe: 'Seed of the order', default: 42 },
    cap: { type: 'number', describe: 'Rows of one task that count towards its rate', default: 3000 },
    temperature: { type: 'number', describe: 'Above 1, small tasks get a larger share', default: 1 },
    'missing-tasks': {
      type: 'string',
      describe: 'What to do with tasks without prompts',
      choices: ['error', 'skip'],
      default: 'skip',
    },
    compat: { type: 'boolean', describe: 'Lists and rates as published', default: false },
    out: { type: 'string', describe: 'Folder for the dataset and its card', required: true },
  },
  examples: [
    {
      args: 'mix build default --prompts train-prompts/regular --seed 42 --out out/mixture',
      describe: 'The main mixture of what is there',
    },
  ],
  async run({ setup, prompts, kind, seed, cap, temperature, compat, out, ...args }, { signal, progress }) {
    const onMissing = args['missing-tasks'];
    const card = await createMixture({ setup, prompts, kind, seed, cap, temperature, compat, onMissing, out, signal });
    if (card.skipped.length > 0) progress.line(`Without prompts, left out: ${card.skipped.join(', ')}`);
    return { data: { out, ...card }, text: formatMixtureCard(card) };
  },
});
