import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, FilesError, hashFile, makeFolder, withFileErrors, withLock } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { blobPath, pointTo, type RepoCache, snapshotPath } from './cache-layout.js';
import type { RepoFile } from './repo-listing.js';
import { checkWholeLength, retried, sendOnce } from './request.js';
import { Retryable, type RetryNotice } from './retry.js';
import type { HubSettings } from './settings.js';

/** One file of one commit, and where it is kept. */
export interface FileRequest {
  readonly settings: HubSettings;
  readonly cache: RepoCache;
  readonly commit: string;
  readonly file: RepoFile;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Called with the bytes that have just come over the network. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The address that serves a file's bytes, by a redirect as a rule. */
export function fileUrl({ settings, cache, commit, file }: FileRequest): string {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return `${settings.endpoint}/datasets/${cache.repo}/resolve/${commit}/${path}`;
}

/** A full disk or a copy that broke off may have left less of a file than there should be. */
const isWhole = async (path: string, size: number): Promise<boolean> =>
  (await exists(path)) && (await sizeOf(path)) === size;

/** The path of a file in the cache; undefined where it is not there whole. */
export async function cachedFile(
  cache: RepoCache,
  commit: string,
  { path, size }: RepoFile,
): Promise<string | undefined> {
  const pointer = snapshotPath(cache, commit, path);
  return (await isWhole(pointer, size)) ? pointer : undefined;
}

/**
 * Fetches a whole file into the cache, unless it is there: what an interrupted download left is kept and gone on with, and no
 * byte counts before the whole has the size and hash that the repository lists.
 *
 * @returns the path of the file
 * @throws {DatasetError} `DATASET_HUB_CORRUPT` when it comes wrong again and again, `DATASET_HUB_OFFLINE`, or why it did not come
 */
export async function downloadFile(request: FileRequest): Promise<string> {
  const { settings, cache, commit, file, signal } = request;
  const there = await cachedFile(cache, commit, file);
  if (there !== undefined) return there;
  if (settings.offline) throw notCached(request);
  const blob = blobPath(cache, file.etag);
  // Saves two processes the same download; that they do not damage the file is up to its hash and the rename.
  const lock = join(cache.locks, `${file.etag}.flanlab.lock`);
  await withLock(
    lock,
    async () => {
      if (await isWhole(blob, file.size)) return;
      await makeFolder(dirname(blob));
      await checkSpace(dirname(blob), file);
      await fill(request, `${blob}.flanlab.incomplete`);
      await withFileErrors('write', blob, () => rename(`${blob}.flanlab.incomplete`, blob));
    },
    { signal, sleep: settings.sleep },
  );
  return pointTo(cache, commit, file.path, file.etag);
}

/** How often a download may start over because its bytes were wrong. */
const MOST_WRONG = 3;

async function fill(request: FileRequest, partial: string): Promise<void> {
  const storage: Storage = { etag: undefined };
  for (let wrong = 1; ; wrong++) {
    await retried(
      request.settings,
      { url: fileUrl(request), repo: request.cache.repo, signal: request.signal, onRetry: request.onRetry },
      () => addBytes(request, partial, storage),
    );
    // Read again from the disk, so that what is checked is what will be used.
    const found = await contentHash(partial, request.file);
    if (found === request.file.etag) return;
    await rm(partial, { force: true });
    if (wrong >= MOST_WRONG) throw corrupt(request, `it has the hash ${found}, not ${request.file.etag}`);
    request.onRetry?.({ attempt: wrong + 1, waitMs: 0, why: 'what came has the wrong hash' });
  }
}

/**
 * The mark that the storage host gives the content, to see that it is still the same when a download goes on. It is not the hash
 * that the hub lists, and of what another run left it is not known: the hash of the whole decides in the end.
 */
interface Storage {
  etag: string | undefined;
}

/** One attempt: asks for what is missing and appends it as it comes. */
async function addBytes(request: FileRequest, partial: string, storage: Storage): Promise<void> {
  const { settings, cache, commit, file, signal, onBytes } = request;
  const have = await sizeOf(partial);
  if (have > file.size) {
    await rm(partial, { force: true });
    throw new Retryable('there is more of it than there should be');
  }
  if (have === file.size && have > 0) return;
  const same = storage.etag === undefined ? {} : { 'if-range': storage.etag };
  const range = have > 0 ? { range: `bytes=${have}-`, ...same } : {};
  const what = { url: fileUrl(request), repo: cache.repo, revision: commit, path: file.path, signal };
  await sendOnce(settings, what, { 'accept-encoding': 'identity', ...range }, async (answer) => {
    // A server that ignores the range, or whose file has changed, sends everything from the start.
    const start = answer.status === 206 ? have : 0;
    const etag = answer.headers.get('etag');
    storage.etag = etag?.startsWith('"') ? etag : undefined;
    if (answer.status === 206) checkContentRange(answer.headers, start, file);
    else checkWholeLength(answer.headers, file.size);
    const written = await append(partial, start, answer.chunks(), file.size, signal, onBytes);
    if (written < file.size)
      throw new Retryable(`the connection ended at byte ${written} of ${file.size}`, { progressed: written > have });
  }).catch(async (error: unknown) => {
    // What is here is longer than what there is: it is of something else.
    if (error instanceof Retryable && error.status === 416) await rm(partial, { force: true });
    // What came before a break stays, and counts as progress.
    if (error instanceof Retryable && !error.progressed && (await sizeOf(partial)) > have)
      throw new Retryable(error.message, {
        status: error.status,
        waitMs: error.waitMs,
        progressed: true,
        cause: error,
      });
    throw error;
  });
}

async function append(
  partial: string,
  start: number,
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  signal: AbortSignal | undefined,
  onBytes: FileRequest['onBytes'],
): Promise<number> {
  let handle: FileHandle | undefined;
  let end = start;
  try {
    handle = await withFileErrors('write', partial, () => open(partial, start === 0 ? 'w' : 'a'));
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      if (end + chunk.byteLength > size) {
        await handle.truncate(0);
        throw new Retryable(`more than the ${size} bytes listed came`);
      }
      await withFileErrors('write', partial, () => (handle as FileHandle).appendFile(chunk));
      end += chunk.byteLength;
      onBytes?.(chunk.byteLength);
    }
    await handle.sync();
    return end;
  } finally {
    await handle?.close();
  }
}

/** `bytes 10-19/20`: it must start where we asked, in a file of the size listed. */
function checkContentRange(headers: Headers, start: number, { size }: RepoFile): void {
  const announced = headers.get('content-range') ?? '';
  const [, from, of] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(announced) ?? [];
  if (Number(from) === start && (of === '*' || Number(of) === size)) return;
  throw new Retryable(`it sent ${announced || 'no range'} where bytes ${start}-/${size} were asked for`);
}

async function checkSpace(folder: string, { path, size }: RepoFile): Promise<void> {
  const { bavail, bsize } = await withFileErrors('read', folder, () => statfs(folder));
  if (size <= bavail * bsize) return;
  throw new FilesError(
    'FILES_NO_SPACE',
    {
      what: `Cannot write ${path} to ${folder}.`,
      why: `It has ${size} bytes; ${bavail * bsize} are free.`,
      fix: 'Free some space, or set HF_HUB_CACHE to a folder on another disk.',
    },
    { kind: 'environment' },
  );
}

/** SHA-256 for large files, the hash of a git blob for others: what the repository lists. */
async function contentHash(path: string, { etag, size }: RepoFile): Promise<string> {
  if (etag.length === 64) return hashFile(path);
  return withFileErrors('read', path, async () => {
    const hash = createHash('sha1').update(`blob ${size}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  });
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

export function corrupt({ cache, file }: Pick<FileRequest, 'cache' | 'file'>, why: string): DatasetError {
  return new DatasetError(
    'DATASET_HUB_CORRUPT',
    {
      what: `${file.path} of ${cache.repo} comes damaged.`,
      why: `Again and again ${why}.`,
      fix: 'Nothing of it was kept. Try another network or without a proxy; if it stays so, report it to the hub.',
    },
    { kind: 'environment' },
  );
}

export function notCached({ cache, commit, file }: Pick<FileRequest, 'cache' | 'commit' | 'file'>): DatasetError {
  return new DatasetError(
    'DATASET_HUB_OFFLINE',
    {
      what: `${file.path} of ${cache.repo} (${commit.slice(0, 7)}) is needed and not in the cache.`,
      why: 'HF_HUB_OFFLINE or --offline forbids to fetch it.',
      fix: 'Run the same once with a network, or point HF_HUB_CACHE at a cache that has it.',
    },
    { kind: 'environment' },
  );
}
