import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { exists } from '@flanlab/files';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { lockFolder } from './lock.js';

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

it('keeps a second holder out, names the first, and lets go at the end', async () => {
  await using folder = await temporaryFolder();
  {
    await using _lock = await lockFolder(folder.path);
    await expect(lockFolder(folder.path)).rejects.toMatchObject({
      code: 'STUDY_FOLDER_LOCKED',
      exitCode: 4,
      why: expect.stringContaining(`Process ${process.pid} on ${hostname()}`),
    });
  }
  expect(await exists(join(folder.path, 'lock.json'))).toBe(false);
});

it.each([
  ['a process that has died', () => ({ pid: deadPid(), host: hostname(), started: 'x' })],
  [
    'an old process whose number was given again',
    () => ({ pid: process.pid, host: hostname(), started: 'x', ticks: '1' }),
  ],
])('takes over the lock of %s', async (name, holder) => {
  if (name.includes('given again') && process.platform !== 'linux') return; // start times come from /proc
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'lock.json'), JSON.stringify(holder()));
  await using lock = await lockFolder(folder.path);
  expect(lock).toBeDefined();
});

it('takes over a lock whose writer died before it wrote its name', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'lock.json'), '');
  await using lock = await lockFolder(folder.path);
  expect(lock).toBeDefined();
});

it('leaves the lock of another machine alone and says how to remove it', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'lock.json'), JSON.stringify({ pid: 1, host: 'elsewhere', started: 'x' }));
  await expect(lockFolder(folder.path)).rejects.toMatchObject({
    code: 'STUDY_FOLDER_LOCKED',
    fix: expect.stringContaining(join(folder.path, 'lock.json')),
  });
});

it('lets exactly one of several newcomers take a stale lock', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'lock.json'), JSON.stringify({ pid: deadPid(), host: hostname(), started: 'x' }));
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(folder.path)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('reports a folder that cannot be made', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), '');
  await expect(lockFolder(join(folder.path, 'file', 'run'))).rejects.toMatchObject({ code: 'FILES_NOT_A_FOLDER' });
});
