import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FilesError, withFileErrors } from './errors.js';

// A leading dot keeps unfinished work out of listings; the random part keeps two writers apart.
const temporaryName = (path: string) =>
  join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);

/**
 * Makes a folder and its missing parents.
 * @throws {FilesError} `FILES_NOT_A_FOLDER` where a file is in the way, `FILES_READ_ONLY`, `FILES_NO_PERMISSION`, …
 */
export async function makeFolder(path: string): Promise<void> {
  await withFileErrors('write', path, () => makeFolders(path));
}

/**
 * `mkdir -p`. Not Node's own: it loops for ever below /proc, where making a folder fails with ENOENT, and where a file is
 * in the way it says EEXIST, which would read as if the target itself were there.
 */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      if ((await stat(path)).isDirectory()) return;
      throw Object.assign(error as Error, { code: 'ENOTDIR' });
    }
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    // Another process may have made it meanwhile.
    await mkdir(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

/** Makes a rename durable; some file systems cannot sync a folder, and need not. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch {
    // Not supported there: the rename itself is still atomic.
  } finally {
    await handle?.close();
  }
}

/**
 * Writes a file so that a reader sees the old content or the new, never a part: a temporary name beside it, synced,
 * then renamed. Missing parent folders are made. Chunks may be given one after the other.
 * @throws {FilesError} `FILES_NO_SPACE`, `FILES_READ_ONLY`, … with the path; the temporary file is removed
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  await withFileErrors('write', path, async () => {
    await makeFolders(dirname(path));
    const temporary = temporaryName(path);
    try {
      const handle = await open(temporary, 'wx');
      try {
        const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
        for await (const chunk of chunks) await handle.writeFile(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

/**
 * Fills a folder under a temporary name and renames it when `fill` has finished; if `fill` throws, nothing is left.
 * With `replace`, an existing folder gives way at the last moment (it is gone for the instant between two renames;
 * a crash in between leaves the new folder complete under its temporary name, never a mixture).
 * @throws {FilesError} `FILES_EXISTS` when the folder is there and `replace` is not set
 */
export async function writeFolderAtomic(
  path: string,
  fill: (temporary: string) => Promise<void>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
  await withFileErrors('write', path, async () => {
    const there = await exists(path);
    if (there && !replace) {
      throw new FilesError('FILES_EXISTS', {
        what: `Cannot write the folder ${path}.`,
        why: 'It is there already.',
        fix: 'Remove it, or choose another name.',
      });
    }
    await makeFolders(dirname(path));
    const temporary = temporaryName(path);
    try {
      await mkdir(temporary);
      await fill(temporary);
      await syncFolder(temporary);
      if (await exists(path)) {
        const old = temporaryName(path);
        await rename(path, old);
        await rename(temporary, path);
        await rm(old, { recursive: true, force: true });
      } else {
        await rename(temporary, path);
      }
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

/** True when a file or folder is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
