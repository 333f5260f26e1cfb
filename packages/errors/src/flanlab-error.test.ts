import { expect, it } from 'vitest';
import { FlanlabError, formatError, isFlanlabError, nearest, problemList } from './index.js';

class SlotError extends FlanlabError<'SLOT_UNKNOWN'> {}
const PARTS = { what: 'Template "rte/3" has the slot {premis}.', why: 'Its task provides premise.', fix: 'Rename it.' };

it('keeps the parts, the code and the exit code of its kind', () => {
  const error = new SlotError('SLOT_UNKNOWN', PARTS, { kind: 'usage', cause: new Error('inner') });
  expect(error).toMatchObject({ name: 'SlotError', code: 'SLOT_UNKNOWN', ...PARTS, exitCode: 2 });
  expect(error.message).toBe(`${PARTS.what} ${PARTS.why} ${PARTS.fix}`);
});

it('counts as bad input unless told otherwise', () => {
  expect(new SlotError('SLOT_UNKNOWN', PARTS).exitCode).toBe(3);
});

it('recognises errors made by another copy of the package, and nothing else', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('flanlab.error'), { value: true });
  expect(isFlanlabError(foreign)).toBe(true);
  expect(isFlanlabError(new Error('x'))).toBe(false);
  expect(isFlanlabError('x')).toBe(false);
});

it('prints code, what, why, fix, page and causes', () => {
  const error = new SlotError('SLOT_UNKNOWN', PARTS, { cause: new Error('disk full') });
  expect(formatError(error)).toBe(
    [
      `SLOT_UNKNOWN: ${PARTS.what}`,
      `  why: ${PARTS.why}`,
      `  fix: ${PARTS.fix}`,
      '  see: docs/errors.md#slot_unknown',
      '  caused by: disk full',
    ].join('\n'),
  );
});

it.each([
  ['premis', ['hypothesis', 'premise'], 'premise'],
  ['tarin', ['test', 'train'], 'train'],
  ['RTE', ['rte'], 'rte'],
  ['zzzz', ['rte', 'train'], undefined],
])('nearest name to %s', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

it('lists problems with their paths', () => {
  expect(
    problemList([
      { path: 'a.b', message: 'missing' },
      { path: '', message: 'no object' },
    ]),
  ).toBe('\n    a.b: missing\n    (top level): no object');
});
