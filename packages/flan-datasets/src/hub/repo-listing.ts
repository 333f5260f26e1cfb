import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { readJson, writeJson } from '@flanlab/files';
import { DatasetError } from '../errors.js';
import { cachedCommit, isCommit, type RepoCache, rememberCommit, repoCache } from './cache-layout.js';
import { failure } from './failures.js';
import { getJson, type HubRequest, invalidAnswer, subjectOf } from './request.js';
import { checkedRepo, safePathParts } from './safe-path.js';
import type { HubSettings } from './settings.js';

/** A file of a commit. `etag` is the SHA-256 of a large file, else the git hash: the name of its blob in the cache. */
export interface RepoFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
}

/** What one commit of a data set holds. */
export interface RepoListing {
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  readonly files: readonly RepoFile[];
  readonly cache: RepoCache;
}

type Hooks = Pick<HubRequest, 'signal' | 'onRetry'>;

const ETAG = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** More files, and more pages of a thousand, than any data set we read has. */
const MOST_FILES = 100_000;
const MOST_PAGES = 1000;

/**
 * The commit that a revision stands at, and its files. A commit never changes, so its list is kept in the cache.
 *
 * @throws {DatasetError} `DATASET_HUB_MISSING`, `DATASET_HUB_PRIVATE`, `DATASET_HUB_GATED`, `DATASET_HUB_REVISION_MISSING`,
 * `DATASET_HUB_OFFLINE`, `DATASET_HUB_PATH_UNSAFE`, …
 */
export async function listRepo(
  settings: HubSettings,
  { repo, revision }: { readonly repo: string; readonly revision: string },
  hooks: Hooks = {},
): Promise<RepoListing> {
  const cache = repoCache(settings.cacheDir, checkedRepo(repo));
  safePathParts(revision, repo);
  const commit = settings.offline
    ? await cachedCommit(cache, revision)
    : await findCommit(settings, { repo, revision }, hooks);
  if (commit === undefined) throw offline(repo, `revision ${revision}`);
  await (settings.offline ? undefined : rememberCommit(cache, revision, commit));
  const kept = join(cache.folder, 'flanlab', 'listings', `${commit}.json`);
  const known = await readJson(kept).then(
    (value) => checkedFiles(value, repo),
    () => undefined,
  );
  if (known !== undefined) return { repo, revision, commit, files: known, cache };
  if (settings.offline) {
    const files = await snapshotFiles(cache, commit);
    if (files.length === 0) throw offline(repo, `the list of files at ${commit.slice(0, 7)}`);
    return { repo, revision, commit, files, cache };
  }
  const files = await fetchFiles(settings, repo, commit, hooks);
  await writeJson(kept, files);
  return { repo, revision, commit, files, cache };
}

/** What other tools have fetched of a commit: all that can be known of it without a network. */
async function snapshotFiles(cache: RepoCache, commit: string): Promise<readonly RepoFile[]> {
  const root = join(cache.folder, 'snapshots', commit);
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const files: RepoFile[] = [];
  for (const name of names.sort()) {
    const found = await stat(join(root, name)).catch(() => undefined);
    if (found === undefined || !found.isFile()) continue;
    const blob = basename(await realpath(join(root, name)));
    // Where links are not to be had, the hash is unknown; nothing offline needs it.
    const etag = ETAG.test(blob) ? blob : '0'.repeat(40);
    files.push({ path: name.split(sep).join('/'), size: found.size, etag });
  }
  return files;
}

async function findCommit(
  settings: HubSettings,
  { repo, revision }: { readonly repo: string; readonly revision: string },
  hooks: Hooks,
): Promise<string> {
  if (isCommit(revision)) return revision;
  const url = `${settings.endpoint}/api/datasets/${repo}/revision/${encodeURIComponent(revision)}`;
  const { value } = await getJson(settings, { url, repo, revision, ...hooks });
  const sha = (value as { readonly sha?: unknown } | null)?.sha;
  if (typeof sha === 'string' && isCommit(sha)) return sha;
  throw invalidAnswer({ repo }, `It names ${JSON.stringify(sha) ?? 'nothing'} as the commit of ${revision}.`);
}

async function fetchFiles(
  settings: HubSettings,
  repo: string,
  commit: string,
  hooks: Hooks,
): Promise<readonly RepoFile[]> {
  // Only when needed: it takes a while to load.
  const { listFiles } = await import('@huggingface/hub');
  const found: unknown[] = [];
  const entries = listFiles({
    repo: { type: 'dataset', name: repo },
    revision: commit,
    recursive: true,
    hubUrl: settings.endpoint,
    fetch: fetchForClient(settings, { repo, revision: commit, ...hooks }),
  });
  for await (const entry of entries) {
    if (entry.type !== 'file') continue;
    found.push({ path: entry.path, size: entry.lfs?.size ?? entry.size, etag: entry.lfs?.oid ?? entry.oid });
    if (found.length > MOST_FILES) throw invalidAnswer({ repo }, `It lists more than ${MOST_FILES} files.`);
  }
  return checkedFiles(found, repo);
}

/** The hub's client asks through us, so that it retries, tells refusals apart, and sends no token to other hosts. */
function fetchForClient(settings: HubSettings, request: Omit<HubRequest, 'url'>): typeof fetch {
  let pages = 0;
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    pages += 1;
    if (pages > MOST_PAGES) throw invalidAnswer(request, `Its list of files has more than ${MOST_PAGES} pages.`);
    const { value, headers } = await getJson(settings, { ...request, url }).catch((error: unknown) => {
      // The tree of a commit that is not there answers as a missing file.
      if (!(error instanceof DatasetError) || error.code !== 'DATASET_HUB_FILE_MISSING') throw error;
      throw failure('revision', subjectOf(settings, { ...request, url }), error);
    });
    const link = headers.get('link');
    return Response.json(value, link === null ? {} : { headers: { link } });
  };
}

function checkedFiles(value: unknown, repo: string): readonly RepoFile[] {
  if (!Array.isArray(value)) throw invalidAnswer({ repo }, 'It is no list of files.');
  return value.map((entry: unknown) => {
    const { path, size, etag } = (entry ?? {}) as { readonly [key in keyof RepoFile]?: unknown };
    if (typeof path !== 'string') throw invalidAnswer({ repo }, 'It lists a file without a name.');
    safePathParts(path, repo);
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw invalidAnswer({ repo, path }, `It gives ${String(size)} as its size.`);
    if (typeof etag !== 'string' || !ETAG.test(etag)) throw invalidAnswer({ repo, path }, 'It gives no hash for it.');
    return { path, size: size as number, etag };
  });
}

function offline(repo: string, what: string): DatasetError {
  return new DatasetError(
    'DATASET_HUB_OFFLINE',
    {
      what: `${what[0]?.toUpperCase()}${what.slice(1)} of ${repo} is needed and not in the cache.`,
      why: 'HF_HUB_OFFLINE or --offline forbids to ask for it.',
      fix: 'Run the same once with a network, or point HF_HUB_CACHE at a cache that has it.',
    },
    { kind: 'environment' },
  );
}
