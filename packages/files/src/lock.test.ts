import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withLock } from './lock.js';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));
const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    setTimeout(() => (signal?.aborted ? reject(signal.reason) : resolve()), Math.min(ms, 5));
  });

it('lets one in at a time', async () => {
  const path = join(folder, 'a', 'one.lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(2);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, work, { sleep })));
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

it('lets the next one in after a failure', async () => {
  const path = join(folder, 'two.lock');
  await expect(withLock(path, async () => Promise.reject(new Error('broken')), { sleep })).rejects.toThrow('broken');
  expect(await withLock(path, async () => 'in', { sleep })).toBe('in');
});

it('takes over the lock of a process that has died, and of one that no longer renews it', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const path = join(folder, 'three.lock');
  writeFileSync(path, `${hostname()} ${dead}\n`);
  expect(await withLock(path, async () => 'in', { sleep })).toBe('in');
  writeFileSync(path, 'elsewhere 1\n');
  utimesSync(path, new Date(0), new Date(0));
  expect(await withLock(path, async () => 'in', { sleep })).toBe('in');
});

it('waits for a living one until it is told to stop', async () => {
  const path = join(folder, 'four.lock');
  writeFileSync(path, `${hostname()} ${process.pid}\n`);
  const signal = AbortSignal.timeout(30);
  await expect(withLock(path, async () => 'in', { sleep, signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(existsSync(path)).toBe(true);
});
