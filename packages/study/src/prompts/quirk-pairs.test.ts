import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFolder } from '@flanlab/files';
import { checkTask, findTask, loadTask, type Row, type SplitUse, splitFor, storedSplit } from '@flanlab/flan-datasets';
import { bigBenchPrompts, translateRows } from '@flanlab/samplegen';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMixture } from './create-mixture.js';
import { type CreatePromptFilesOptions, createPromptFiles } from './create-prompt-files.js';
import { readSplit } from './read-split.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-quirks-'));
});
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;
/** Makes prompts in a new folder and says where. */
async function create(compat: boolean, more: Partial<CreatePromptFilesOptions>): Promise<string> {
  runs += 1;
  const out = join(folder, `run-${runs}`);
  const common = { tasks: ['sst2'], kind: 'regular', use: 'train', templates: 'builtin', seed: 1 } as const;
  await createPromptFiles({ ...common, format: 'jsonl', compat, out, ...more });
  return out;
}

/** A data folder with one split of one task. */
async function store(task: string, split: string, rows: readonly Row[]): Promise<string> {
  runs += 1;
  const data = join(folder, `data-${runs}`);
  await mkdir(join(data, task), { recursive: true });
  await writeFile(join(data, task, `${split}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return data;
}

const sorted = Array.from({ length: 10 }, (_, idx) => ({ idx, sentence: `film ${idx}`, label: idx < 5 ? 1 : 0 }));
const question = {
  inputs: 'Is it red?',
  targets: ['Yes.'],
  multiple_choice_targets: ['Yes.', 'No.'],
  multiple_choice_scores: [1, 0],
  idx: 0,
};

/** What each mode does, for the quirks of prompt making that show in files, rows and splits, not in a prompt's text. */
const QUIRKS: Readonly<Record<string, (compat: boolean) => Promise<void>>> = {
  Q1: async (compat) => {
    const [row] = await readSplit(join(await create(compat, { num: 4 }), 'regular/sst2'), 'train');
    expect(row!.text).toMatch(/\[\/INST\]\nAnswer Solution: \w+<\/s>$/);
  },
  Q9: async (compat) => {
    const data = await store('sst2', 'train', sorted);
    const rows = await readSplit(join(await create(compat, { data, num: 4 }), 'regular/sst2'), 'train');
    expect(new Set(rows.map(({ labels }) => labels)).size).toBe(1);
    const source = await store('sst2', 'train', sorted.slice(0, 5));
    const { warnings } = await checkTask('sst2', { split: 'train', source, compat });
    expect(warnings).toEqual([expect.stringContaining('Every row has the same answer')]);
  },
  Q13: async (compat) => {
    for (const task of ['wsc273', 'fix_punct'].map(findTask)) {
      const stored = (use: SplitUse) => storedSplit(task, splitFor(task, use, { compat }));
      expect(stored('train')).toBe(stored('test'));
    }
    // One file by hand, whatever split is asked for.
    for (const { source } of ['story_cloze', 'opin_idebate', 'opin_movie'].map(findTask)) {
      expect(source).toMatchObject({ kind: 'manual', file: expect.not.stringContaining('{split}') });
    }
    const { warnings } = await checkTask('wsc273', { split: 'test', compat });
    expect(warnings).toEqual([expect.stringContaining('both come from')]);
  },
  Q19: async (compat) => {
    let read = 0;
    async function* source() {
      for (const row of Array.from({ length: 100_003 }, () => sorted[0]!)) yield row;
    }
    for await (const _ of loadTask('sst2', { split: 'train', source, compat, raw: true })) read += 1;
    expect(read).toBe(compat ? 100_000 : 100_003);
  },
  Q36: async (compat) => {
    const out = await create(compat, { num: 4 });
    expect(await readdir(out)).toEqual(['regular']);
    expect((await readdir(join(out, 'regular/sst2'))).sort()).toEqual([
      'prompts-train.json',
      'train.jsonl',
      'validation.jsonl',
    ]);
  },
  Q37: async (compat) => {
    const out = await create(compat, { kind: 'samplegen', num: 2 });
    const setup = { description: 'one task', tasks: ['sst2'], heldOut: [] };
    await createMixture({ setup, prompts: out, out: join(out, 'mixture') });
    expect((await readSplit(join(out, 'mixture'), 'train')).length).toBeGreaterThan(0);
  },
  Q54: async (compat) => {
    const data = await store('social_iqa', splitFor(findTask('social_iqa'), 'test', { compat }), [question]);
    const before = await hashFolder(data);
    await create(compat, { data, tasks: ['social_iqa'], use: 'test', bigBenchFormat: 'closed-translated' });
    expect(await hashFolder(data)).toBe(before);
  },
  Q55: async (compat) => {
    const source = await store('social_iqa', 'validation', [question]);
    const rows = await collected(loadTask('social_iqa', { split: 'validation', source, compat }));
    const translate = async (text: string) => `gd(${text})`;
    const translated = await collected(translateRows(findTask('social_iqa'), rows, translate));
    const format = 'closed-translated';
    const [made] = [
      ...bigBenchPrompts({ task: findTask('social_iqa'), rows: translated, run: 'base', format, compat }),
    ];
    expect(made!.text).toContain('gd(Is it red?)');
    expect(made!.labels).toBe('gd(Yes.)');
  },
  Q5: async (compat) => {
    const out = await create(compat, { num: 8 });
    const shared = { tasks: ['sst2'], use: 'train', templates: 'builtin', seed: 1, format: 'jsonl', compat } as const;
    const other = { adversarial: 'same_cat_as_target', adversarialTask: 'rte' } as const;
    await createPromptFiles({ ...shared, ...other, kind: 'samplegen', num: 8, out });
    const setup = { description: 'one task', tasks: ['sst2'], heldOut: [] };
    for (const kind of ['regular', 'samplegen']) {
      const { tasks } = await createMixture({
        setup,
        name: 'mine',
        prompts: out,
        kind,
        compat,
        out: join(out, kind, 'mix'),
      });
      expect(tasks[0]!.used).toBe(8);
      const rows = await readSplit(join(out, kind, 'mix'), 'train');
      for (const { text } of rows) expect(String(text).includes('\nHypothesis 1: ')).toBe(kind === 'samplegen');
    }
  },
  Q7: async (compat) => {
    const prompts = join(await create(compat, { num: 10 }), 'regular');
    const setup = { description: 'one task', tasks: ['sst2'], heldOut: [] };
    const few = await createMixture({ setup, prompts, compat, out: join(prompts, 'few') });
    expect([few.tasks[0]!.used, few.settings.limit]).toEqual([10, 30_000]);
    const limited = await createMixture({ setup, prompts, compat, limit: 4, out: join(prompts, 'limited') });
    expect(limited.tasks[0]!.used).toBe(4);
  },
};

async function collected(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

describe.each(Object.entries(QUIRKS))('%s', (_, check) => {
  it('in compat mode', () => check(true));
  it('by default', () => check(false));
});

it('has a row in docs/compat.md for each, and none besides', async () => {
  const page = await readFile(new URL('../../../../docs/compat.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| (Q\d+) \|.*quirk-pairs\.test\.ts/gm)].map(([, quirk]) => quirk);
  expect(named).toEqual(Object.keys(QUIRKS));
});
