import { buildMixture } from '@flanlab/mixtures';
import type { PromptRow } from '@flanlab/samplegen';
import { expect, it } from 'vitest';
import { formatMixture } from './format-mixture.js';

const prompts = (task: string, count: number): readonly PromptRow[] =>
  Array.from({ length: count }, (_, n) => ({
    text: `[/INST] ${task} ${n}`,
    labels: n % 2 ? 'yes' : 'no',
    gold_options: ['yes', 'no'],
    label_start: 7,
    label_end: 9,
    task,
    template: `${task}/${n % 5}`,
    examples: [`${task} ${n}`],
  }));

it('says what is in a mixture, how it was drawn and what leaks, in lines that fit', async () => {
  const { card } = await buildMixture({
    setup: 'default',
    prompts: { rte: prompts('rte', 30), sst2: prompts('sst2', 10) },
    guard: prompts('rte', 1),
    onMissing: 'skip',
  });
  const shown = formatMixture(card);
  expect(shown).toMatch(
    /^Mixture default: the main mixture\n\d+ rows, \d+ to train on and \d+ to validate with, of 2 task\(s\)\n/,
  );
  expect(shown).toMatch(/\nrte +nli +30 +30 +0\.7500 +\d+ +\d+\.\d % +\d+ +\d+ +5 +2\n/);
  expect(shown).toMatch(/\nsentiment +\d+ +\d+\.\d %\n/);
  expect(shown).toContain(
    'Drawn with seed 42 until first_exhausted; at most 30000 prompts of a task, of which 3000 count',
  );
  expect(shown).toContain('1 test and held-out examples looked for, 1 prompts show one');
  expect(shown).toContain('- rte row 0 shows rte 0 of rte');
  expect(shown).toMatch(/Held out \(41\):\n {2}qnli /);
  expect(shown).toMatch(/Left out, without prompts \(34\):\n {2}anli_r1 /);
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(160);
});
