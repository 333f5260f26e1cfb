import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as session from './index.js';

it('pins the public names', () => {
  expect(Object.keys(session).sort()).toEqual(
    [
      ...['ELEMENT_TYPES', 'PROVIDERS', 'SESSION_ERROR_CODES', 'SessionError'],
      ...['elementCount', 'openSession', 'probeProviders'],
    ].sort(),
  );
});

it('explains every error code', () => {
  const errors = readFileSync(new URL('../ERRORS.md', import.meta.url), 'utf8');
  const headings = [...errors.matchAll(/^## (.+)$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual([...session.SESSION_ERROR_CODES].sort());
});
