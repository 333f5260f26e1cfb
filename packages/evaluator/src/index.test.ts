import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as evaluator from './index.js';

it('exports these names', () => {
  expect(Object.keys(evaluator).sort()).toEqual([
    'BERTSCORE_SKIPPED',
    'CLEANING_STEPS',
    'EVALUATOR_ERROR_CODES',
    'EvaluatorError',
    'METRICS',
    'REGION_RULES',
    'TEST_MODES',
    'bootstrapIntervals',
    'explainExtraction',
    'extractAnswer',
    'generatorResponder',
    'metricByName',
    'percentile',
    'readSamples',
    'resultPaths',
    'runTest',
    'scoreTask',
    'wilsonInterval',
  ]);
});

it('explains every error code in ERRORS.md', () => {
  const text = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  expect([...text.matchAll(/^## (\w+)$/gm)].map(([, code]) => code).sort()).toEqual(
    [...evaluator.EVALUATOR_ERROR_CODES].sort(),
  );
});
