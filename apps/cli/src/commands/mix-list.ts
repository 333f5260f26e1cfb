import { resolveSetup, SETUP_NAMES, SETUPS } from '@flanlab/mixtures';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

export const mixListCommand = defineCommand({
  name: 'mix list',
  describe: 'List the named set-ups of mixtures',
  options: { compat: { type: 'boolean', describe: 'As published: set-up 3 is empty', default: false } },
  examples: [{ args: 'mix list', describe: 'Names, tasks, and what they are for' }],
  async run({ compat }) {
    const data = SETUP_NAMES.map((name) => {
      const { description } = SETUPS[name];
      // The only set-up without a task, and only as published (Q39).
      if (compat && name === 'setup3') return { name, description, tasks: [], heldOut: [] };
      const { tasks, heldOut } = resolveSetup(name, { compat });
      return { name, description, tasks, heldOut };
    });
    const table = formatTable([
      ['set-up', 'tasks', 'held out', 'what it is'],
      ...data.map(({ name, description, tasks, heldOut }) => [
        name,
        String(tasks.length),
        String(heldOut.length),
        description,
      ]),
    ]);
    return { data, text: `${table}\n\nBuild one with: flanlab mix build ${data[0]!.name} --prompts PROMPTS --out OUT` };
  },
});
