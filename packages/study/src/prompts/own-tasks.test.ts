import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, hashFolder } from '@flanlab/files';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { createMixture, rebuildMixture } from './create-mixture.js';
import { createPromptFiles } from './create-prompt-files.js';
import { previewPrompts } from './preview-prompts.js';
import { readSplit } from './read-split.js';

const TASKS = `tasks:
  - name: weather
    cluster: nli
    columns: [sky, plan, wise]
    prompt: { options: { values: ['no', 'yes'] }, label: { option: wise } }
    templates: ['{sky}: {plan}? {options_}', 'Is {plan} wise when {sky}? {options_}']
  - name: bare
    columns: [sky, plan, wise]
    prompt: { options: { values: ['no', 'yes'] }, label: { option: wise } }
`;

it('takes tasks from a file through prompts and mixtures, which need the file no more', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('data/weather'), { recursive: true });
  for (const split of ['train', 'test']) {
    const rows = Array.from({ length: 12 }, (_, n) => ({ sky: `${split}${n}`, plan: `walk ${n}`, wise: n % 2 }));
    await writeFile(at(`data/weather/${split}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'));
  }
  const taskFile = at('tasks.yaml');
  await writeFile(taskFile, TASKS);
  const own = { taskFile, data: at('data'), templates: 'builtin', seed: 3 } as const;
  const create = (out: string, use: 'train' | 'test', workers: number) =>
    createPromptFiles({ ...own, tasks: ['weather'], kind: 'regular', use, format: 'jsonl', workers, out: at(out) });
  await create('prompts', 'train', 1);
  await create('prompts', 'test', 1);
  await create('by-workers', 'train', 2);
  expect(await hashFile(at('by-workers/regular/weather/train.jsonl'))).toBe(
    await hashFile(at('prompts/regular/weather/train.jsonl')),
  );
  const [test] = await readSplit(at('prompts/regular/weather'), 'test');
  expect(test).toMatchObject({ labels: 'no', gold_options: ['no', 'yes'] });
  expect(test!.text).toMatch(/(test0: walk 0\?|Is walk 0 wise when test0\?) no; yes\[\/INST\]$/);
  const record = JSON.parse(await readFile(at('prompts/regular/weather/prompts-train.json'), 'utf8'));
  expect(record).toMatchObject({ taskFile, taskFileSha256: await hashFile(taskFile) });

  const [shown] = await previewPrompts({ ...own, task: 'weather', kind: 'samplegen', use: 'train', compat: false });
  expect(shown!.text).toContain('\nPlan Solution: walk ');
  await expect(
    previewPrompts({
      ...own,
      data: at('data/weather/train.jsonl'),
      task: 'bare',
      kind: 'regular',
      use: 'train',
      compat: false,
    }),
  ).rejects.toMatchObject({ code: 'PROMPT_TASK_UNSUPPORTED', fix: expect.stringContaining('templates') });

  // Without a list of its own the set-up takes the task of the cluster.
  const mix = (setup: object | string) =>
    createMixture({
      setup: setup as string,
      prompts: at('prompts'),
      guard: at('prompts/regular'),
      taskFile,
      onMissing: 'skip',
      out: at('mixture'),
    });
  expect((await mix('default')).tasks.map(({ task, cluster }) => [task, cluster])).toEqual([['weather', 'nli']]);
  await mix({ description: 'all there is', tasks: ['weather'] });
  await rm(taskFile);
  await rebuildMixture({ from: at('mixture'), out: at('again') });
  expect(await hashFolder(at('again'))).toBe(await hashFolder(at('mixture')));
}, 60_000);
