// Writes configs/mixtures from the table of set-ups: one file for each, and one for the gold-pipeline mixture of each of the study's.
//   node scripts/mixture-configs.mjs
// A test compares the files with the table. Needs built packages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETUPS } from '../packages/mixtures/dist/index.js';

const folder = join(import.meta.dirname, '..', 'configs', 'mixtures');
mkdirSync(folder, { recursive: true });

const LISTS = {
  dropClusters: 'clusters of tasks that are not mixed',
  dropTasks: 'tasks that are not mixed',
  keepTasks: 'mixed although the study always holds them out; --compat ignores it',
};

/** A YAML list that fits in a line, or one entry a line. */
function list(name, values, comment) {
  const line = `${name}: [${values.join(', ')}] # ${comment}`;
  return line.length <= 120 ? [line] : [`${name}: # ${comment}`, ...values.map((value) => `  - ${value}`)];
}

function lines(name, { description, ...lists }, extra = []) {
  return [
    `# flanlab mix build configs/mixtures/${name}.yaml --prompts PROMPTS --out OUT`,
    `description: ${description.includes(': ') ? JSON.stringify(description) : description}`,
    ...Object.entries(lists).flatMap(([key, values]) => list(key, values, LISTS[key])),
    ...extra,
    '',
  ].join('\n');
}

const write = (name, text) => writeFileSync(join(folder, `${name}.yaml`), text);
for (const [name, setup] of Object.entries(SETUPS)) {
  write(name, lines(name, setup));
  if (name.startsWith('leave-out-')) continue;
  const gold = `gold-pipeline-${name}`;
  const description = `${setup.description}; solved samples for a base model are drawn from its rows`;
  write(
    gold,
    lines(gold, { ...setup, description }, [
      'kind: samplegen # their in-context samples become those of the gold pipeline',
    ]),
  );
}
