import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'MIXTURE_ERROR_CODES',
    'MixtureError',
    'SETUPS',
    'SETUP_NAMES',
    'STOPPING_STRATEGIES',
    'buildMixture',
    'findLeak',
    'formatLeakage',
    'formatMixtureCard',
    'guardAgainst',
    'interleave',
    'mixingRates',
    'openPromptFile',
    'openPrompts',
    'resolveSetup',
  ]);
});

it('explains every error code', () => {
  const page = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  for (const code of api.MIXTURE_ERROR_CODES) expect(page).toContain(`\n## ${code}\n`);
});
