import { randomBytes } from 'node:crypto';
import { copyFile, link, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { exists, makeFolder, withFileErrors, writeFileAtomic } from '@flanlab/files';
import { safePathParts } from './safe-path.js';

/**
 * Folders of one data set in the hub's cache, as Python's `huggingface_hub` lays them out: `blobs` by hash, `snapshots/<commit>`
 * with links to them, `refs` from names to commits. `flanlab` beside them holds what those tools have no place for, and ignore.
 */
export interface RepoCache {
  readonly repo: string;
  readonly folder: string;
  readonly locks: string;
}

export function repoCache(cacheDir: string, repo: string): RepoCache {
  const name = `datasets--${repo.replaceAll('/', '--')}`;
  return { repo, folder: join(cacheDir, name), locks: join(cacheDir, '.locks', name) };
}

export const blobPath = ({ folder }: RepoCache, etag: string): string => join(folder, 'blobs', etag);

export function snapshotPath({ folder, repo }: RepoCache, commit: string, path: string): string {
  return join(folder, 'snapshots', commit, ...safePathParts(path, repo));
}

const refPath = ({ folder, repo }: RepoCache, revision: string): string =>
  join(folder, 'refs', ...safePathParts(revision, repo));

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** The commit that a revision stood at when somebody last asked; undefined where nobody did. */
export async function cachedCommit(cache: RepoCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(refPath(cache, revision), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Notes what a revision stands at. The folder of the commit is made too: a reference to none counts as a damaged cache. */
export async function rememberCommit(cache: RepoCache, revision: string, commit: string): Promise<void> {
  await makeFolder(join(cache.folder, 'snapshots', commit));
  if (revision !== commit && (await cachedCommit(cache, revision)) !== commit)
    await writeFileAtomic(refPath(cache, revision), commit);
}

/** Makes the file of a commit lead to its blob: by a link, or where the system allows none by a second name or a copy. */
export async function pointTo(cache: RepoCache, commit: string, path: string, etag: string): Promise<string> {
  const pointer = snapshotPath(cache, commit, path);
  const blob = blobPath(cache, etag);
  await makeFolder(dirname(pointer));
  // A link to a blob that was deleted counts as missing.
  if (await exists(pointer)) return pointer;
  const temporary = join(dirname(pointer), `.${randomBytes(6).toString('hex')}.tmp`);
  await withFileErrors('write', pointer, async () => {
    try {
      await makeLink(relative(dirname(pointer), blob), blob, temporary);
      await rename(temporary, pointer);
    } finally {
      await rm(temporary, { force: true });
    }
  });
  return pointer;
}

/** Systems and file systems without symbolic links say so with these. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'EACCES']);

/** `symbolic` can be handed in, to see what happens without. */
export async function makeLink(target: string, blob: string, path: string, symbolic = symlink): Promise<void> {
  try {
    await symbolic(target, path);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await link(blob, path).catch(() => copyFile(blob, path));
  }
}
