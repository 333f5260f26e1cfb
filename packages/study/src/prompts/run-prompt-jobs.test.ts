import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFolder } from '@flanlab/files';
import { embeddedDataDir } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PromptThread } from './prompt-thread.js';
import { type RunPromptJobsOptions, runPromptJobs } from './run-prompt-jobs.js';
import type { PromptJob } from './write-task-prompts.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-jobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const TASKS = ['rte', 'sst2', 'cola', 'arc', 'copa', 'aeslc', 'bool_q', 'mrpc', 'trec', 'ag_news'];

/** The hash of all files, and how many jobs other threads did. */
async function run(name: string, options: Partial<RunPromptJobsOptions>): Promise<{ hash: string; elsewhere: number }> {
  const spy = vi.spyOn(PromptThread.prototype, 'run');
  const common = { kind: 'samplegen', use: 'train', num: 20, templates: 'builtin', seed: 1, format: 'jsonl' } as const;
  const out = join(folder, name);
  const jobs = TASKS.map((task): PromptJob => ({ ...common, task, data: embeddedDataDir(), compat: true, out }));
  const random = new PythonRandom(12_345);
  const files = await runPromptJobs(jobs, { templates: BUILTIN_CATALOGUE, random, ...options });
  expect(files.map(({ task }) => task)).toEqual(TASKS.flatMap((task) => [task, task]));
  const elsewhere = spy.mock.calls.length;
  spy.mockRestore();
  return { hash: await hashFolder(out), elsewhere };
}

it('takes other threads once the work has lasted a while, and makes the same files', async () => {
  const alone = await run('alone', { threads: 1 });
  expect(alone.elsewhere).toBe(0);
  const asked = await run('asked', { threads: 2 });
  expect(asked.elsewhere).toBeGreaterThan(0);
  const joined = await run('joined', { patienceMs: 0 });
  if (availableParallelism() > 1) expect(joined.elsewhere).toBeGreaterThan(0);
  const patient = await run('patient', { patienceMs: 60_000 });
  expect(patient.elsewhere).toBe(0);
  expect(new Set([alone, asked, joined, patient].map(({ hash }) => hash)).size).toBe(1);
}, 60_000);
