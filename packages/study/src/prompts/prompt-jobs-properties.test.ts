import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFolder } from '@flanlab/files';
import { embeddedDataDir, findTask, type Row } from '@flanlab/flan-datasets';
import { BUILTIN_CATALOGUE } from '@flanlab/prompt-templates';
import { PythonRandom } from '@flanlab/random';
import { exampleFingerprint, type PromptRow } from '@flanlab/samplegen';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRows } from './load-rows.js';
import { readPrompts } from './read-prompts.js';
import { runPromptJobs } from './run-prompt-jobs.js';
import type { PromptFile, PromptJob } from './write-task-prompts.js';

const data = embeddedDataDir();
const TASKS = readdirSync(data).map((name) => (name === 'wmt16' ? 'wmt16/de-en' : name));
const NUM_INNER = 3;

const KINDS = [
  { kind: 'regular', use: 'train' },
  { kind: 'regular', use: 'test' },
  { kind: 'samplegen', use: 'train' },
  { kind: 'samplegen', use: 'test' },
  { kind: 'gold-pipeline', use: 'test' },
] as const;

const VARIANTS = {
  plain: {},
  unified: { unify: true, letters: false },
  corrupt: { corrupt: true, withoutAnswer: true },
} as const;

const isMade = (task: string, use: 'train' | 'test'): boolean =>
  use === 'test' || findTask(task).multipleChoice === undefined;

/** Every embedded task in every kind and variant. */
const jobs = (out: string, compat: boolean): readonly PromptJob[] =>
  Object.entries(VARIANTS).flatMap(([variant, more]) =>
    KINDS.flatMap(({ kind, use }) =>
      TASKS.filter((task) => isMade(task, use)).map(
        (task): PromptJob => ({
          ...{ ...more, task, kind, use, data, compat, seed: 7, numInner: NUM_INNER },
          ...{ templates: 'builtin', format: 'jsonl', out: join(out, variant) },
        }),
      ),
    ),
  );

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function made(threads: number, compat: boolean): Promise<{ hash: string; files: readonly PromptFile[] }> {
  const out = join(folder, `${compat}-${threads}`);
  const random = compat ? new PythonRandom(7) : undefined;
  const files = await runPromptJobs(jobs(out, compat), { threads, templates: BUILTIN_CATALOGUE, random });
  return { hash: await hashFolder(out), files };
}

/** How often each comes. */
function counted(keys: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

const fingerprints = (rows: readonly Row[]): readonly string[] => rows.map((row) => exampleFingerprint(row));

describe.each([false, true])('prompts of all embedded tasks, kinds and variants (compat %s)', (compat) => {
  it('have the same bytes on 1, 2 and 8 threads, whole, with every row once', async () => {
    const one = await made(1, compat);
    expect((await made(2, compat)).hash).toBe(one.hash);
    expect((await made(8, compat)).hash).toBe(one.hash);

    let next = 0;
    for (const { task: name, kind, use, ...job } of jobs('', compat)) {
      const count = use === 'train' ? 2 : 1;
      const files = one.files.slice(next, next + count);
      next += count;
      const what = [name, kind, use, job.out, compat];
      expect(new Set(files.map(({ task }) => task)), String(what)).toEqual(new Set([name]));
      const prompts = (await Promise.all(files.map(({ path }) => readPrompts(path)))).flat();
      const { task, rows } = await loadRows({ task: name, use, data, compat });
      const asked = prompts.map(({ examples }) => examples[0]!);
      if (kind === 'samplegen' && use === 'train') {
        // Half of the rows ask, each once; samples come from the other half, none twice in one prompt.
        const known = counted(fingerprints(rows));
        expect(asked.length, String(what)).toBe(Math.floor(rows.length / 2));
        for (const [row, times] of Object.entries(counted(asked))) expect(times, row).toBeLessThanOrEqual(known[row]!);
        const lent = new Set(prompts.flatMap(({ examples }) => examples.slice(1)));
        if (Object.keys(known).length === rows.length) for (const row of asked) expect(lent).not.toContain(row);
      } else expect(counted(asked), String(what)).toEqual(counted(fingerprints(rows)));
      for (const prompt of prompts)
        checkPrompt(prompt, { isTest: use === 'test', letters: job.letters !== false }, what);
      expect(task.name).toBe(name);
    }
    expect(next).toBe(one.files.length);
  }, 120_000);
});

function checkPrompt(
  { text, labels, gold_options: options, label_start: start, label_end: end }: PromptRow,
  { isTest, letters }: { readonly isTest: boolean; readonly letters: boolean },
  what: readonly unknown[],
): void {
  const where = `${what}: ${text}`;
  expect(text, where).not.toMatch(/\{\w+\}/);
  if (options[0] !== '' && letters) expect(options, where).toContain(labels);
  const learned = text.slice(start, end);
  if (isTest) expect(learned, where).toBe('');
  else expect(learned, where).toContain('\nAnswer Solution: ');
}
