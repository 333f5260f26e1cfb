import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFolder } from '@flanlab/files';
import { embeddedDataDir } from '@flanlab/flan-datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CreatePromptFilesOptions, createPromptFiles } from './create-prompt-files.js';
import { readSplit } from './read-split.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const BASE = {
  tasks: ['rte', 'sst2', 'cola', 'arc', 'copa', 'aeslc'],
  kind: 'samplegen',
  use: 'train',
  num: 8,
  templates: 'builtin',
  seed: 12_345,
  format: 'jsonl',
} as const satisfies Omit<CreatePromptFilesOptions, 'out'>;

const create = (name: string, more: Partial<CreatePromptFilesOptions> = {}) =>
  createPromptFiles({ ...BASE, ...more, out: join(folder, name) });
const lines = async (name: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(join(folder, name), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('createPromptFiles', () => {
  it.each([
    ['jsonl', [1, 2], false],
    ['jsonl', [1, 2], true],
    ['arrow', [1, 2], false],
  ] as const)(
    'writes the same bytes with any number of workers (%s, %j, compat %s)',
    async (format, numbers, compat) => {
      const hashes: string[] = [];
      for (const workers of numbers) {
        const name = `${format}-${compat}-${workers}`;
        const files = await create(name, { format, workers, compat });
        expect(files.map(({ task, split }) => `${task} ${split}`)).toEqual(
          BASE.tasks.flatMap((task) => [`${task} train`, `${task} validation`]),
        );
        hashes.push(await hashFolder(join(folder, name)));
      }
      expect(new Set(hashes).size).toBe(1);
    },
    120_000,
  ); // threads start slowly on a busy machine

  it('makes a task’s prompts whatever other tasks there are, unless in compat mode, where all draw in turn', async () => {
    for (const compat of [false, true]) {
      await create(`all-${compat}`, { compat });
      await create(`one-${compat}`, { compat, tasks: ['cola'] });
      const [all, one] = await Promise.all(
        ['all', 'one'].map((name) => lines(`${name}-${compat}/samplegen/cola/train.jsonl`)),
      );
      if (compat) expect(one).not.toEqual(all);
      else expect(one).toEqual(all);
    }
  });

  it.each([1, 2])('leaves whole files of the tasks before one that cannot be read (%j workers)', async (workers) => {
    const data = join(folder, 'half');
    await cp(join(embeddedDataDir(), 'rte'), join(data, 'rte'), { recursive: true });
    for (const compat of [false, true]) {
      const name = `half-${workers}-${compat}`;
      const made = create(name, { data, tasks: ['rte', 'cola', 'sst2'], workers, compat });
      await expect(made).rejects.toMatchObject({ code: 'DATASET_SPLIT_MISSING' });
      if (workers === 1) expect(await lines(`${name}/samplegen/rte/validation.jsonl`)).toHaveLength(2);
    }
  });

  it('keeps what was made for training when tests follow, and the other way round', async () => {
    const options = { tasks: ['rte'], format: 'arrow' } as const;
    for (const [name, uses] of [
      ['train-first', ['train', 'test']],
      ['test-first', ['test', 'train']],
    ] as const) {
      for (const use of uses) await create(name, { ...options, use });
      const place = join(folder, name, 'samplegen/rte');
      expect((await readdir(place)).sort()).toEqual([
        'dataset_dict.json',
        'prompts-test.json',
        'prompts-train.json',
        'test',
        'train',
        'validation',
      ]);
      const dictionary = JSON.parse(await readFile(join(place, 'dataset_dict.json'), 'utf8'));
      expect(dictionary).toEqual({ splits: ['train', 'validation', 'test'] });
      expect(await readSplit(place, 'train')).toHaveLength(8);
      expect(await readSplit(place, 'validation')).toHaveLength(2);
      expect((await readSplit(place, 'test')).length).toBeGreaterThan(8);
    }
    expect(await hashFolder(join(folder, 'train-first'))).toBe(await hashFolder(join(folder, 'test-first')));
  });

  it('loses and doubles no row', async () => {
    await create('complete', { tasks: ['rte'], kind: 'regular', num: undefined });
    const rows = [
      ...(await lines('complete/regular/rte/train.jsonl')),
      ...(await lines('complete/regular/rte/validation.jsonl')),
    ];
    const shown = rows.map(({ examples }) => String(examples));
    expect(new Set(shown).size).toBe(shown.length);
    await create('complete', { tasks: ['rte'], kind: 'gold-pipeline', use: 'test' });
    const [tests, source] = [await lines('complete/gold-pipeline/rte/test.jsonl'), await testRowCount()];
    expect(tests).toHaveLength(source);
  });

  it('writes chats, or texts in a tokenizer’s own template', async () => {
    await create('chats', { tasks: ['rte'], kind: 'regular', format: 'messages' });
    const [row] = await lines('chats/regular/rte/train.jsonl');
    expect((row!.messages as { role: string }[]).map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    const template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"; // biome-ignore format: one line is clearer
    await writeFile(join(folder, 'chat_template.jinja'), template);
    await create('template', { tasks: ['rte'], kind: 'regular', chatTemplate: folder, workers: 2 });
    for (const { text, label_start, label_end } of await lines('template/regular/rte/train.jsonl')) {
      expect(String(text).slice(Number(label_start), Number(label_end))).toMatch(/^Answer Solution: (yes|no)<\/>$/);
    }
  });

  it('passes variants on', async () => {
    await create('unified', { tasks: ['rte'], unify: true, numInner: 1 });
    const [row] = await lines('unified/samplegen/rte/train.jsonl');
    expect(row?.text).toMatch(/\nExample 1:\nInput 1: /);
    expect(row?.text).not.toContain('Example 2:');
    await create('formats', { tasks: ['causal_judgment'], kind: 'regular', use: 'test', bigBenchFormat: 'closed-adv' });
    const [question] = await lines('formats/regular/causal_judgment/test.jsonl');
    expect(question?.text).toContain('A) "Yes", B) "No"');
  });

  it.each([true, false])('puts solved samples before questions with choices (compat %s)', async (compat) => {
    const task = { tasks: ['causal_judgment'], kind: 'gold-pipeline', use: 'test', num: undefined } as const;
    await create(`gold-${compat}`, { ...task, goldSamples: 2, bigBenchFormat: 'closed', compat });
    await create(`bare-${compat}`, { ...task, compat });
    const [gold, bare] = [await lines(`gold-${compat}/gold-pipeline/causal_judgment/test.jsonl`), await lines(`bare-${compat}/gold-pipeline/causal_judgment/test.jsonl`)]; // biome-ignore format: one line is clearer
    expect(gold.map(({ labels }) => labels)).toEqual(bare.map(({ labels }) => labels));
    const asked = bare.map(({ examples }) => (examples as string[])[0]);
    for (const [index, { text, examples }] of gold.entries()) {
      expect(text).toMatch(
        /^Example 1:\nQuestion 1: [\s\S]*\nAnswer 1: (Yes|No)[\s\S]*\nAnswer 2: (Yes|No)[\s\S]*\nSolution:\n[\s\S]*\nAnswer Solution:$/,
      );
      expect((examples as string[])[0]).toBe(asked[index]);
      // Samples come from the other split.
      expect(asked).not.toContain((examples as string[])[1]);
    }
  });

  it('draws solved samples in the order of the tasks, however many workers there are', async () => {
    const tasks = ['causal_judgment', 'logical_deduction'];
    const gold = { tasks, kind: 'gold-pipeline', use: 'test', num: 4, goldSamples: 2, compat: true } as const;
    for (const workers of [1, 2]) await create(`drawn-${workers}`, { ...gold, workers });
    expect(await hashFolder(join(folder, 'drawn-2'))).toBe(await hashFolder(join(folder, 'drawn-1')));
    // One generator for both tasks: the second goes on where the first has left it.
    await create('drawn-alone', { ...gold, tasks: tasks.slice(1) });
    const file = 'gold-pipeline/logical_deduction/test.jsonl';
    expect(await lines(`drawn-alone/${file}`)).not.toEqual(await lines(`drawn-1/${file}`));
  });

  it.each([1, 3])('tells what is wrong with a task at %s worker(s)', async (workers) => {
    const made = create('wrong', {
      tasks: ['rte', 'sst2', 'causal_judgment'],
      kind: 'regular',
      compat: false,
      numInner: 0,
      workers,
    });
    await expect(made).rejects.toMatchObject({ code: 'PROMPT_OPTION_INVALID' });
    await expect(create('none', { tasks: ['rtee'], workers })).rejects.toMatchObject({ code: 'DATASET_TASK_UNKNOWN' });
    await expect(readdir(join(folder, 'none'))).rejects.toThrow();
  });

  it.each([
    [{ num: 0 }, 'num = 0'],
    [{ num: 1.5 }, 'num = 1.5'],
    [{ workers: 0 }, 'workers = 0'],
    [{ kind: 'gold-pipeline', use: 'test', goldSamples: 0 }, 'goldSamples = 0'],
    [{ tasks: [] }, 'without tasks'],
  ] as const)('refuses %j before anything is made', async (wrong, what) => {
    await expect(create('refused', wrong)).rejects.toMatchObject({
      code: 'PROMPT_OPTION_INVALID',
      exitCode: 2,
      what: expect.stringContaining(what),
    });
    await expect(readdir(join(folder, 'refused'))).rejects.toThrow();
  });

  it('can be interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(create('stopped', { signal })).rejects.toMatchObject({ code: 'STUDY_INTERRUPTED' });
    await expect(create('stopped', { signal, workers: 2 })).rejects.toMatchObject({ code: 'STUDY_INTERRUPTED' });
  });
});

async function testRowCount(): Promise<number> {
  const { embeddedDataDir, loadTask } = await import('@flanlab/flan-datasets');
  let count = 0;
  for await (const _ of loadTask('rte', { split: 'validation', source: embeddedDataDir() })) count++;
  return count;
}
