import { expect, it } from 'vitest';
import { buildMixture } from './build-mixture.js';
import { formatMixtureCard } from './mixture-card.js';
import { testPrompts } from './test-prompts.js';

const CARD = {
  setup: { description: '', tasks: ['rte'], heldOut: [] },
  prompts: { rte: testPrompts('rte', 30) },
} as const;

it.each([
  ['rows that are guarded by nothing', {}, 'Near-duplicates: not looked for.'],
  [
    'a check switched off',
    { guard: testPrompts('copa', 2), nearDuplicates: false },
    'Near-duplicates: not looked for.',
  ],
  ['rows too short to look for', { guard: testPrompts('copa', 2) }, 'Near-duplicates: no guarded row has enough words'],
] as const)('says what was looked for: %s', async (_, options, line) => {
  const { card } = await buildMixture({ ...CARD, ...options });
  expect(formatMixtureCard(card)).toContain(line);
  expect(formatMixtureCard(card)).toContain('\n\n30 rows: 27 train, 3 test.\n');
});

it('names the files that were guarded', async () => {
  const { card } = await buildMixture(CARD);
  const page = formatMixtureCard({ ...card, guardFiles: [{ task: 'copa', rows: 4, sha256: 'ab'.repeat(32) }] });
  expect(page).toContain('Looked for the rows of: copa (4 rows, abababababab).');
});

it('shows tasks, clusters, settings and leakage', async () => {
  const { card } = await buildMixture({
    setup: { description: 'two tasks', tasks: ['rte', 'sst2'], heldOut: ['copa'] },
    prompts: { rte: testPrompts('rte', 30), sst2: testPrompts('sst2', 30) },
    guard: testPrompts('rte', 1),
    name: 'pair',
  });
  const page = formatMixtureCard(card);
  expect(page).toContain('# Mixture pair\n');
  expect(page).toMatch(/\| rte \| nli \| 30 \| 30 \| 1 \| 0\.5000 \| \d+ \| \d+ \| \d+ \| [0-9a-f]{12} \|/);
  expect(page).toContain('Held out: copa.');
  expect(page).toContain('Warning: all prompts of sst2 have the same answer.');
  expect(page).toContain('seed 42, splitSeed 42, testShare 0.1, cap 3000');
  expect(page).toContain('1 test and held-out examples looked for, 1 prompts show one');
  expect(page).toContain('- rte row 0 shows rte-0 of rte');
  expect(JSON.parse(JSON.stringify(card))).toEqual(card);
});
