import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BUILTIN_CATALOGUE',
    'BUILTIN_FRAMES',
    'CATALOGUE_FILE_NAMES',
    'IMPORT_RECORD',
    'PUBLISHED_BASE_URL',
    'PUBLISHED_CATALOGUES',
    'TASK_TEMPLATES',
    'TEMPLATE_ERROR_CODES',
    'TemplateError',
    'bigBenchFormat',
    'checkCatalogue',
    'fetchPublished',
    'fillTemplate',
    'fillTemplateSpans',
    'fillTemplateWith',
    'importTemplates',
    'loadCatalogue',
    'parseTemplate',
    'readPythonLiterals',
    'readTemplateFile',
    'taskTemplates',
    'templateSlots',
  ]);
});

it('explains every error code', () => {
  const page = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  for (const code of api.TEMPLATE_ERROR_CODES) expect(page).toContain(`\n## ${code}\n`);
});
