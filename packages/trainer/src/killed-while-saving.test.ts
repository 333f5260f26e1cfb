import { fork } from 'node:child_process';
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, hashWeights, LORA, openTestFolder, writeProgram } from './test-runs.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

const unfinished = (names: readonly string[]) => names.filter((name) => name.endsWith('.tmp'));
const whole = (names: readonly string[]) => names.filter((name) => name.startsWith('checkpoint-'));

it('killed while it writes a checkpoint, passes over what it left, and ends in the same bits', async () => {
  const recipe = { ...LORA, saveEvery: 1, keepCheckpoints: 9, stepsPerRun: 1 };
  const undisturbed = runs.prepare(recipe);
  await collect(undisturbed);
  const killed = runs.prepare(recipe);
  const script = await writeProgram(killed, '');
  /** Ends a process by SIGKILL as soon as it has begun its third checkpoint; says what lies in the folder then. */
  const killWhileSaving = (): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const child = fork(script, { execArgv: [] });
      const begun = new Set<string>();
      const watcher = watch(killed.runDir, (_event, name) => {
        if (name?.startsWith('.checkpoint-') && begun.add(name).size === 3) child.kill('SIGKILL');
      });
      child.on('exit', () => {
        watcher.close();
        resolve(readdir(killed.runDir));
      });
    });
  let left: readonly string[] = [];
  // The signal may come when the folder has just been renamed: then another one is caught.
  for (let attempt = 0; attempt < 5 && unfinished(left).length === 0; attempt++) left = await killWhileSaving();
  expect(unfinished(left)).toHaveLength(1);
  expect(whole(left).length).toBeGreaterThan(0);
  const events = await collect(killed);
  const newest = Math.max(...whole(left).map((name) => Number(name.slice('checkpoint-'.length))));
  expect(events[0]).toMatchObject({ type: 'started', step: newest });
  expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  expect(unfinished(await readdir(killed.runDir))).toEqual([]);
  expect(await hashWeights(killed)).toBe(await hashWeights(undisturbed));
}, 120_000);
