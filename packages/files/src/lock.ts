import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeFolder } from './atomic.js';
import { withFileErrors } from './errors.js';

/** A holder renews its lock this often, … */
const RENEW_MS = 5_000;
/** … and counts as dead when it has not for this long. */
const STALE_MS = 60_000;
const LOOK_AGAIN_MS = 100;

export interface LockOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Waits between two looks at a lock that another one holds; a timer when left out. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Runs `work` while no other process does so under the same lock file, on this machine or on another that shares the folder. A
 * lock whose process has died is taken over: at once on its own machine, after a minute elsewhere.
 *
 * Node has no `flock`, so Python's tools do not see this lock, nor we theirs. A file is made exclusively, which network file
 * systems keep apart too; appending to one file from several machines is something that they do not.
 *
 * @throws {FilesError} where the lock file cannot be made; whatever `work` throws; the signal's reason
 */
export async function withLock<Result>(
  path: string,
  work: () => Promise<Result>,
  {
    signal,
    sleep = (milliseconds, waiting) => setTimeout(milliseconds, undefined, waiting && { signal: waiting }),
  }: LockOptions = {},
): Promise<Result> {
  await makeFolder(dirname(path));
  while (!(await take(path))) {
    const dead = await abandoned(path);
    if (dead !== undefined) await breakLock(path, dead);
    else await sleep(LOOK_AGAIN_MS, signal);
    signal?.throwIfAborted();
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEW_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  return withFileErrors('write', path, async () => {
    const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined;
      throw error;
    });
    if (handle === undefined) return false;
    await handle.writeFile(`${hostname()} ${process.pid}\n`);
    await handle.close();
    return true;
  });
}

/** The lock file whose holder has died, by its number on the disk; undefined while it lives. */
async function abandoned(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (Date.now() - found.mtimeMs > STALE_MS) return found.ino;
  const [host, pid] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  return host === hostname() && pid !== undefined && !isRunning(Number(pid)) ? found.ino : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes a dead lock away by a rename, which only one of several can do. */
async function breakLock(path: string, ino: number): Promise<void> {
  const away = `${path}.${randomBytes(4).toString('hex')}.stale`;
  const moved = await rename(path, away).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  // Another process may have broken it and taken it anew since we looked: then it goes back.
  if ((await stat(away)).ino !== ino) await link(away, path).catch(() => {});
  await rm(away, { force: true });
}
