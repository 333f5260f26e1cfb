import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFileAtomic, writeFolderAtomic } from './index.js';
import { temporaryFolder } from './test-folder.js';

it('writes chunks and makes missing parents', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a/b/c.txt');
  await writeFileAtomic(path, ['one', new TextEncoder().encode(' två')]);
  expect(await readFile(path, 'utf8')).toBe('one två');
  expect(await readdir(join(folder.path, 'a/b'))).toEqual(['c.txt']);
});

it('keeps the old content and leaves nothing behind when the source fails', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'kept.txt');
  await writeFile(path, 'old');
  async function* failing() {
    yield 'new';
    throw new Error('source broke');
  }
  await expect(writeFileAtomic(path, failing())).rejects.toThrow('source broke');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder.path)).toEqual(['kept.txt']);
});

it('says that a file is in the way of a folder', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), '');
  const path = join(folder.path, 'file/sub/x');
  await expect(writeFileAtomic(path, 'y')).rejects.toMatchObject({ code: 'FILES_NOT_A_FOLDER' });
  await expect(writeFolderAtomic(path, async () => {})).rejects.toMatchObject({ code: 'FILES_NOT_A_FOLDER' });
});

it('ends where the system refuses to make a folder', async () => {
  await expect(writeFileAtomic('/proc/flanlab/x/y', 'z')).rejects.toMatchObject({ name: 'FilesError' });
});

it('shows a folder only when it is complete', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'model');
  await writeFolderAtomic(path, async (temporary) => {
    await writeFile(join(temporary, 'x'), '1');
    expect(await readdir(folder.path)).not.toContain('model');
  });
  expect(await readdir(path)).toEqual(['x']);
  await expect(
    writeFolderAtomic(join(folder.path, 'broken'), async () => {
      throw new Error('half way');
    }),
  ).rejects.toThrow('half way');
  expect(await readdir(folder.path)).toEqual(['model']);
});

it('refuses to replace a folder unless asked', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'model');
  await mkdir(path);
  await writeFile(join(path, 'old'), '');
  const fill = (temporary: string) => writeFile(join(temporary, 'new'), '');
  await expect(writeFolderAtomic(path, fill)).rejects.toMatchObject({ code: 'FILES_EXISTS' });
  await writeFolderAtomic(path, fill, { replace: true });
  expect(await readdir(path)).toEqual(['new']);
  expect(await readdir(folder.path)).toEqual(['model']);
});
