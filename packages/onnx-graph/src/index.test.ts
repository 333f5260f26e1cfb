import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'ELEMENT_TYPES',
    'GRADIENT_RULES',
    'GRAPH_ERROR_CODES',
    'GraphBuilder',
    'GraphError',
    'OPERATORS',
    'checkpoint',
    'customGradient',
    'dropoutMask',
    'gradients',
    'importGraph',
    'nodesWithoutCudaKernel',
    'readModel',
    'sharedDropout',
    'sumToShape',
  ]);
});

it('explains every error code', () => {
  const text = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  const headings = [...text.matchAll(/^## (\w+)$/gm)].map(([, code]) => code);
  expect(headings).toEqual([...api.GRAPH_ERROR_CODES]);
});
