import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFolder, writeJsonLines } from '@flanlab/files';
import { readRows } from '@flanlab/flan-datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CreateMixtureOptions, createMixture, rebuildMixture } from './create-mixture.js';
import { createPromptFiles } from './create-prompt-files.js';
import type { MixtureManifest } from './mixture-manifest.js';
import { showMixture } from './show-mixture.js';

let folder = '';
const at = (name: string): string => join(folder, name);
const make = (out: string, tasks: readonly string[], more: { format?: 'arrow' | 'jsonl'; workers?: number } = {}) =>
  createPromptFiles({
    tasks,
    kind: 'regular',
    use: 'train',
    num: 30,
    templates: 'builtin',
    seed: 7,
    format: 'jsonl',
    out: at(out),
    ...more,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-mixtures-'));
  await make('prompts', ['rte', 'sst2', 'bool_q']);
  for (const task of ['rte', 'copa']) {
    await createPromptFiles({
      tasks: [task],
      kind: 'regular',
      use: 'test',
      templates: 'builtin',
      seed: 7,
      format: 'jsonl',
      out: at('guard'),
    });
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const setup = { description: 'three tasks', tasks: ['rte', 'sst2', 'bool_q'], heldOut: ['copa'] };
const mix = (out: string, more: Partial<CreateMixtureOptions> = {}) =>
  createMixture({ setup, prompts: at('prompts'), out: at(out), ...more });
const dataHash = (name: string): Promise<string> => hashFolder(at(`${name}/train`));
const texts = async (name: string): Promise<unknown[]> => {
  const found: unknown[] = [];
  for await (const { text } of readRows(at(name))) found.push(text);
  return found;
};

describe('createMixture', () => {
  it('gives the same bytes from Arrow folders as from JSON Lines, however many workers made them, in whatever order', async () => {
    const card = await mix('mixture');
    expect(card).toMatchObject({ setup: 'custom', rows: card.train + card.test, skipped: [] });
    await make('other', ['bool_q', 'rte', 'sst2'], { workers: 3 });
    await mix('from-other', { prompts: at('other') });
    await make('arrow', ['sst2', 'bool_q', 'rte'], { format: 'arrow' });
    await mix('from-arrow', { prompts: at('arrow') });
    expect(await dataHash('from-other')).toBe(await dataHash('mixture'));
    expect(await dataHash('from-arrow')).toBe(await dataHash('mixture'));
    expect(await texts('mixture/train')).toHaveLength(card.train);
    await mix('other-seed', { seed: 1 });
    expect(await dataHash('other-seed')).not.toBe(await dataHash('mixture'));
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 60_000);

  it('keeps away test rows of mixed and of held-out tasks, and what is nearly the same', async () => {
    const guard = at('guard/regular');
    const [asked] = (await readFile(join(guard, 'copa/test.jsonl'), 'utf8')).trim().split('\n');
    const row = JSON.parse(asked!);
    await cp(at('prompts'), at('leaky'), { recursive: true });
    const path = at('leaky/regular/rte/train.jsonl');
    const rte = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    rte[2] = { ...rte[2], examples: row.examples };
    await writeJsonLines(path, rte);
    const reported = await mix('reported', { prompts: at('leaky'), guard });
    expect(reported.leakage.leaks).toContainEqual({ task: 'rte', row: 2, example: row.examples[0], against: 'copa' });
    const removed = await mix('removed', { prompts: at('leaky'), guard, onLeak: 'remove', onNearDuplicate: 'remove' });
    const { found, near } = removed.leakage;
    const used = (card: typeof removed): number => card.tasks.reduce((sum, one) => sum + one.used, 0);
    expect(used(reported) - used(removed)).toBe(found + near.found);
    await expect(mix('refused', { prompts: at('leaky'), guard, onLeak: 'error' })).rejects.toMatchObject({
      code: 'MIXTURE_LEAKAGE',
    });
  });

  it('guards the test prompts beside the training prompts, of any kind and any task, unless told otherwise', async () => {
    await cp(at('prompts'), at('both'), { recursive: true });
    await cp(at('guard'), at('both'), { recursive: true });
    const files = async (name: string, more: Partial<CreateMixtureOptions>): Promise<readonly string[] | undefined> =>
      (await mix(name, { prompts: at('both'), ...more })).guardFiles?.map(({ task }) => task);
    expect(await files('beside', {})).toEqual(['rte', 'copa']);
    expect(await files('of-kinds', { guard: at('guard') })).toEqual(['rte', 'copa']);
    const named = { description: 'copa is not named', tasks: ['sst2'], heldOut: [] };
    expect(await files('any-task', { setup: named })).toEqual(['rte', 'copa']);
    expect(await files('none', { guard: false })).toBeUndefined();
    await expect(files('empty', { guard: at('prompts') })).rejects.toMatchObject({ code: 'STUDY_SPLIT_MISSING' });
  });

  it('leaves nothing behind when it is interrupted, and the mixture that was there before', async () => {
    await mix('kept');
    const before = await hashFolder(at('kept'));
    const abort = new AbortController();
    const onStep = ({ step }: { readonly step: string }): void => {
      if (step === 'write') abort.abort();
    };
    await expect(mix('kept', { seed: 3, signal: abort.signal, onStep })).rejects.toThrow('aborted');
    await expect(mix('new', { signal: abort.signal })).rejects.toThrow('aborted');
    expect(await hashFolder(at('kept'))).toBe(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('.') || name === 'new')).toEqual([]);
  });

  it('shows what it wrote', async () => {
    const card = await mix('shown');
    const shown = await showMixture(at('shown'), { rows: 2, split: 'test' });
    expect(shown.card).toEqual(card);
    expect(shown.rows.map(({ text }) => text)).toEqual((await texts('shown/test')).slice(0, 2));
    const { rows } = await showMixture(at('shown'), { rows: 4, task: 'sst2' });
    expect(rows.map(({ task }) => task)).toEqual(['sst2', 'sst2', 'sst2', 'sst2']);
    await expect(showMixture(at('shown'), { task: 'sst' })).rejects.toMatchObject({
      code: 'STUDY_MIXTURE_TASK_UNKNOWN',
      fix: 'Did you mean sst2?',
    });
  });
});

describe('rebuildMixture', () => {
  const guard = (): string => at('guard/regular');

  it('makes the same folder from the manifest alone, settings included', async () => {
    await mix('first', { name: 'mine', guard: guard(), cap: 11, temperature: 2, seed: 5, onNearDuplicate: 'remove' });
    await rebuildMixture({ from: at('first'), out: at('second') });
    expect(await hashFolder(at('second'))).toBe(await hashFolder(at('first')));
    const manifest = JSON.parse(await readFile(at('first/mixture.json'), 'utf8')) as MixtureManifest;
    expect(manifest.inputs.map(({ use, path }) => `${use} ${path}`)).toEqual([
      'train rte/train.jsonl',
      'train sst2/train.jsonl',
      'train bool_q/train.jsonl',
      'guard rte/test.jsonl',
      'guard copa/test.jsonl',
    ]);
    expect(manifest.inputs[0]).toMatchObject({
      source: { repo: 'nyu-mll/glue', revision: expect.stringMatching(/^[0-9a-f]{40}$/) },
      prompts: { kind: 'regular', seed: 7, num: 30, templatesSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    // No path of this machine: the rows are embedded, folders are relative.
    expect(JSON.stringify(manifest)).not.toContain(folder);
    expect(manifest.inputs[0]!.prompts).not.toHaveProperty('data');
    expect(Object.keys(manifest.shares[0]!.templates).every((id) => id.startsWith('rte/'))).toBe(true);
  });

  it('names exactly the inputs that differ, and how to make them again', async () => {
    await cp(at('prompts'), at('changed'), { recursive: true });
    await mix('before', { prompts: at('changed'), guard: guard() });
    const path = at('changed/regular/sst2/train.jsonl');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    await writeFile(path, `${lines.slice(1).join('\n')}\n`);
    await rm(at('changed/regular/bool_q/train.jsonl'));
    const error: unknown = await rebuildMixture({ from: at('before'), out: at('after') }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'STUDY_MIXTURE_INPUTS_CHANGED',
      why: expect.stringMatching(
        /^sst2\/train\.jsonl has 29 rows instead of 30 and SHA-256 .*; bool_q\/train\.jsonl is missing$/,
      ),
      fix: expect.stringContaining(
        'flanlab prompts create --tasks bool_q --kind regular --for train+val --num 30 --seed 7',
      ),
    });
    await expect(readdir(at('after'))).rejects.toThrow();
  });

  it('takes prompts that have moved, and says that other rows came out', async () => {
    await cp(at('prompts'), at('old-place'), { recursive: true });
    await mix('moving', { prompts: at('old-place') });
    await rename(at('old-place'), at('new-place'));
    await expect(rebuildMixture({ from: at('moving'), out: at('moved') })).rejects.toMatchObject({
      code: 'STUDY_MIXTURE_INPUTS_CHANGED',
    });
    const options = { from: at('moving'), prompts: at('new-place/regular'), out: at('moved') };
    await rebuildMixture(options);
    expect(await dataHash('moved')).toBe(await dataHash('moving'));
    const path = at('moving/mixture.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"seed": 42', '"seed": 43'));
    await expect(rebuildMixture(options)).rejects.toMatchObject({ code: 'STUDY_MIXTURE_DIFFERS' });
    await writeFile(path, '{}');
    await expect(rebuildMixture(options)).rejects.toMatchObject({ code: 'STUDY_MIXTURE_INVALID' });
  });
});
