import { expect, it } from 'vitest';
import { toFilesError, withFileErrors } from './index.js';

const systemError = (code: string) => Object.assign(new Error(`${code}: x`), { code, syscall: 'write', errno: -1 });

it.each([
  ['ENOSPC', 'FILES_NO_SPACE', 4],
  ['EROFS', 'FILES_READ_ONLY', 4],
  ['EACCES', 'FILES_NO_PERMISSION', 4],
  ['ENOENT', 'FILES_NOT_FOUND', 3],
  ['EIO', 'FILES_IO', 4],
])('%s becomes %s with exit code %i', async (systemCode, code, exitCode) => {
  const failing = withFileErrors('write', '/runs/x', () => Promise.reject(systemError(systemCode)));
  await expect(failing).rejects.toMatchObject({ code, exitCode, what: 'Cannot write /runs/x.' });
});

it('passes other errors through', () => {
  const error = new TypeError('mine');
  expect(toFilesError(error, 'write', 'x')).toBe(error);
});
