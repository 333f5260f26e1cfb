import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeFolder, withFileErrors, writeJson } from '@flanlab/files';
import { StudyError } from '../errors.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  /** The process's start time as the kernel counts it, where /proc has it: tells a reused pid from the old process. */
  readonly ticks?: string;
}

async function processTicks(pid: number): Promise<string | undefined> {
  // The second field, the command, may hold spaces and brackets: count from its last bracket.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function isAlive({ pid, host, ticks }: Holder): Promise<boolean> {
  if (host !== hostname()) return true; // cannot be told from here
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const current = await processTicks(pid);
  return ticks === undefined || current === undefined || current === ticks;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined; // none there, or not ours
  }
}

// Looking at the lock and writing it takes milliseconds; whoever holds this folder longer was killed meanwhile.
const TAKING_LIMIT_MS = 10_000;

/** Runs `action` while no other process that wants this lock does: making a folder is atomic everywhere. */
async function exclusively<T>(path: string, action: () => Promise<T>): Promise<T> {
  const taking = `${path}.taking`;
  for (;;) {
    try {
      await mkdir(taking);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const since = await stat(taking).catch(() => undefined);
    if (since !== undefined && Date.now() - since.mtimeMs > TAKING_LIMIT_MS) {
      await rm(taking, { recursive: true, force: true });
    } else {
      await setTimeout(20);
    }
  }
  try {
    return await action();
  } finally {
    await rm(taking, { recursive: true, force: true });
  }
}

/**
 * Keeps a second process out of a run folder while one works in it. The lock of a process that no longer lives on this
 * machine is taken over.
 * @throws {StudyError} `STUDY_FOLDER_LOCKED` naming the process that holds it
 */
export async function lockFolder(dir: string): Promise<AsyncDisposable> {
  const path = join(dir, 'lock.json');
  await withFileErrors('write', path, async () => {
    await makeFolder(dir);
    await exclusively(path, async () => {
      const holder = await readHolder(path);
      if (holder !== undefined && (await isAlive(holder))) throw locked(dir, holder);
      const ticks = await processTicks(process.pid);
      const mine = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
      await writeJson(path, ticks === undefined ? mine : { ...mine, ticks });
    });
  });
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

function locked(dir: string, { pid, host, started }: Holder): StudyError {
  return new StudyError(
    'STUDY_FOLDER_LOCKED',
    {
      what: `Cannot work in ${dir}.`,
      why: `Process ${pid} on ${host} has been working there since ${started}.`,
      fix: `Wait for it, stop it, or choose another folder with --out. If it died on another machine, remove ${join(dir, 'lock.json')}.`,
    },
    { kind: 'environment' },
  );
}
