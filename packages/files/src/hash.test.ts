import { mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashBytes, hashFile, hashFolder, hashJson, stableStringify } from './index.js';
import { temporaryFolder } from './test-folder.js';

// FIPS 180-4 example: SHA-256("abc").
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

it('is SHA-256', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'f'), 'abc');
  expect(hashBytes('abc')).toBe(ABC);
  expect(await hashFile(join(folder.path, 'f'))).toBe(ABC);
});

it('is the same for files too large to be read whole', async () => {
  await using folder = await temporaryFolder();
  for (const size of [2 ** 25, 2 ** 25 + 1]) {
    await writeFile(join(folder.path, 'f'), '');
    await truncate(join(folder.path, 'f'), size);
    expect(await hashFile(join(folder.path, 'f'))).toBe(hashBytes(new Uint8Array(size)));
  }
});

it('ignores the order of keys and nothing else', () => {
  expect(hashJson({ a: 1, b: { d: [1, 2], c: 2 } })).toBe(hashJson({ b: { c: 2, d: [1, 2] }, a: 1 }));
  expect(hashJson({ a: [1, 2] })).not.toBe(hashJson({ a: [2, 1] }));
  expect(stableStringify({ b: undefined, a: [{ z: 1, y: 2 }] })).toBe('{"a":[{"y":2,"z":1}]}');
});

it('covers names and contents of a folder, not hidden files', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'sub'));
  await writeFile(join(folder.path, 'sub/f'), 'abc');
  const before = await hashFolder(folder.path);
  await writeFile(join(folder.path, '.hidden'), 'x');
  expect(await hashFolder(folder.path)).toBe(before);
  await rename(join(folder.path, 'sub/f'), join(folder.path, 'sub/g'));
  expect(await hashFolder(folder.path)).not.toBe(before);
});
