import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder, withFileErrors, withLock, writeJson } from '@flanlab/files';
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

/**
 * Keeps a second process out of a run folder while one works in it. The lock of a process that no longer lives on this
 * machine is taken over.
 * @throws {StudyError} `STUDY_FOLDER_LOCKED` naming the process that holds it
 */
export async function lockFolder(dir: string): Promise<AsyncDisposable> {
  const path = join(dir, 'lock.json');
  await withFileErrors('write', path, async () => {
    await makeFolder(dir);
    await withLock(`${path}.taking`, async () => {
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
