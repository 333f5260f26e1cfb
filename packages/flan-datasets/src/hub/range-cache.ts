import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@flanlab/files';
import type { RepoCache } from './cache-layout.js';

/**
 * Parts of files, for data sets of which only the first rows are read: `flanlab/ranges/<etag>/<start>-<end>.<hash>` beside the
 * hub's own folders. A part whose bytes no longer have its hash counts as not there.
 */
export interface RangeCache {
  /** The bytes `start` to `end` (exclusive), where one part holds them all. */
  readonly read: (start: number, end: number) => Promise<Uint8Array | undefined>;
  readonly write: (start: number, bytes: Uint8Array) => Promise<void>;
  /** Forgets every part: what they hold cannot be read, and only a whole file can be checked by its hash. */
  readonly clear: () => Promise<void>;
}

export function rangeCache({ folder }: RepoCache, etag: string): RangeCache {
  const ranges = join(folder, 'flanlab', 'ranges', etag);
  return {
    async read(start, end) {
      for (const name of await readdir(ranges).catch(() => [])) {
        const [, from, to, hash] = /^(\d+)-(\d+)\.([0-9a-f]{32})$/.exec(name) ?? [];
        if (hash === undefined || Number(from) > start || Number(to) < end) continue;
        const bytes = await readFile(join(ranges, name)).catch(() => undefined);
        if (bytes === undefined || bytes.length !== Number(to) - Number(from) || shortHash(bytes) !== hash) continue;
        return bytes.subarray(start - Number(from), end - Number(from));
      }
      return undefined;
    },
    async write(start, bytes) {
      await writeFileAtomic(join(ranges, `${start}-${start + bytes.length}.${shortHash(bytes)}`), bytes);
    },
    clear: () => rm(ranges, { recursive: true, force: true }),
  };
}

const shortHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);
