import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BUILTIN_CATALOGUE',
    'BUILTIN_FRAMES',
    'CATALOGUE_FILE_NAMES',
    'TASK_TEMPLATES',
    'TEMPLATE_ERROR_CODES',
    'TemplateError',
    'bigBenchFormat',
    'fillTemplate',
    'fillTemplateSpans',
    'loadCatalogue',
    'parseTemplate',
    'taskTemplates',
  ]);
});

it('explains every error code', () => {
  const page = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  for (const code of api.TEMPLATE_ERROR_CODES) expect(page).toContain(`\n## ${code}\n`);
});
