import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { createMixture } from './create-mixture.js';
import { createPromptFiles } from './create-prompt-files.js';
import { previewPrompts } from './preview-prompts.js';
import { readSplit } from './read-split.js';

const SETTINGS = { templates: 'builtin', seed: 5, kind: 'samplegen', use: 'train', compat: false } as const;
const preview = (more: Partial<Parameters<typeof previewPrompts>[0]>) =>
  previewPrompts({ ...SETTINGS, data: undefined, task: 'cola', num: 12, ...more });

it('takes samples of one task of another cluster, the same each time', async () => {
  const rows = await preview({ adversarial: 'same_cat_as_target', task: 'rte' });
  const plain = await preview({ task: 'rte' });
  const headings = new Set(rows.map(({ text }) => /\nExample 1:\n(\S+) 1: /.exec(text)![1]));
  expect(headings.size).toBe(1);
  expect(plain.some(({ text }) => text.includes(`\n${[...headings][0]} 1: `))).toBe(false);
  expect(rows.map(({ labels }) => labels)).toEqual(plain.map(({ labels }) => labels));
  const named = await preview({ adversarial: 'same_cat_as_target', adversarialTask: 'sst2', task: 'rte' });
  for (const { text } of named) expect(text).toMatch(/\nExample 2:\nSentence 2: .*\nOptions 2: negative; positive\n/);
});

it('takes samples from what the validation part of a mixture solves, and from no other row', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await createPromptFiles({
    ...SETTINGS,
    tasks: ['rte', 'sst2', 'cola'],
    num: 30,
    format: 'jsonl',
    out: at('prompts'),
  });
  const tasks = ['rte', 'sst2', 'cola'];
  await createMixture({
    setup: { description: 'three', tasks, heldOut: [] },
    prompts: at('prompts'),
    out: at('mixture'),
  });
  const rows = await preview({ adversarial: 'same_cat_as_training', adversarialMixture: at('mixture') });
  const solved = new Map(
    (await readSplit(at('mixture'), 'test')).map(({ task, examples }) => [(examples as string[])[0], task]),
  );
  const lenders = rows.flatMap(({ examples }) => examples.slice(1).map((example) => solved.get(example)));
  expect(new Set(lenders)).toEqual(new Set(['rte', 'sst2']));
  for (const { text, task } of rows) {
    expect(task).toBe('cola');
    expect(text).toMatch(
      /\nExample 2:\n(Sentence|Premise) 2: [\s\S]*\nAnswer 2: \w+\n\nSolution:\nSentence Solution: /,
    );
  }
  await expect(preview({ adversarial: 'same_cat_as_training' })).rejects.toMatchObject({
    code: 'STUDY_MIXTURE_MISSING',
  });
}, 60_000);
