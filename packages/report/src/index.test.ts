import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as report from './index.js';

it('exports these names', () => {
  expect(Object.keys(report).sort()).toEqual([
    'REPORT_ERROR_CODES',
    'ReportError',
    'averageRanks',
    'compareConditions',
    'correlate',
    'pearson',
    'readStudyReport',
    'readTrainingCurve',
    'renderReport',
    'reportEvaluation',
    'spearman',
    'spearmanInterval',
    'spearmanPermutationTest',
    'writeReport',
  ]);
});

it('explains every error code in ERRORS.md', () => {
  const text = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  expect([...text.matchAll(/^## (\w+)$/gm)].map(([, code]) => code).sort()).toEqual(
    [...report.REPORT_ERROR_CODES].sort(),
  );
});
