import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BuildMixtureOptions, buildMixture } from './build-mixture.js';
import { openPromptFile } from './prompt-file.js';
import type { RowSequence } from './row-sequence.js';
import { testPrompts } from './test-prompts.js';

const setup = { description: 'three tasks', tasks: ['rte', 'sst2', 'xsum'], heldOut: ['copa', 'wsc273'] };
const prompts = { rte: testPrompts('rte', 40), sst2: testPrompts('sst2', 60), xsum: testPrompts('xsum', 20) };
const options: BuildMixtureOptions = { setup, prompts, name: 'embedded' };

describe('buildMixture', () => {
  it('cuts what it interleaves into two parts, and says what is in them', async () => {
    const { train, test, card } = await buildMixture(options);
    expect(card).toMatchObject({
      setup: 'embedded',
      heldOut: ['copa', 'wsc273'],
      train: train.length,
      test: test.length,
    });
    expect(test.length).toBe(Math.ceil(0.1 * card.rows));
    expect(card.tasks.map(({ task, cluster }) => [task, cluster])).toEqual([
      ['rte', 'nli'],
      ['sst2', 'sentiment'],
      ['xsum', 'summarization_nlg'],
    ]);
    const rows = [...(await train.toArray()), ...(await test.toArray())];
    expect(rows).toHaveLength(card.rows);
    for (const { task, drawn, rate } of card.tasks) {
      expect(rows.filter((row) => row.task === task)).toHaveLength(drawn);
      expect(rate).toBeCloseTo(prompts[task as keyof typeof prompts].length / 120, 12);
    }
    // first_exhausted: every row at most once
    expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length);
  });

  it('gives the rows that interleave_datasets and train_test_split of the datasets library give', async () => {
    const { train, test } = await buildMixture(options);
    const names = async (rows: RowSequence) => (await rows.toArray()).map(({ examples }) => examples[0]);
    // datasets 5.2.0: the three sizes with rates 40/120, 60/120, 20/120, seed 42, first_exhausted; then 0.1, seed 42
    expect(train.length + test.length).toBe(102);
    expect((await names(train)).slice(0, 6)).toEqual(['rte-4', 'sst2-15', 'sst2-56', 'sst2-50', 'sst2-59', 'sst2-30']);
    expect((await names(test)).slice(0, 4)).toEqual(['sst2-37', 'sst2-14', 'rte-24', 'sst2-11']);
  });

  it('gives the same rows for the same seeds, and others for others', async () => {
    const texts = async (more: Partial<BuildMixtureOptions>): Promise<string[]> => {
      const { train } = await buildMixture({ ...options, ...more });
      return (await train.toArray()).map(({ text }) => text);
    };
    const [one, again, seed, split] = [
      await texts({}),
      await texts({}),
      await texts({ seed: 7 }),
      await texts({ splitSeed: 7 }),
    ];
    expect(again).toEqual(one);
    expect(seed).not.toEqual(one);
    expect(split).not.toEqual(one);
  });

  it('can be read more than once, and shows every row at least once when all are to be exhausted', async () => {
    const { train } = await buildMixture({ ...options, stoppingStrategy: 'all_exhausted', testShare: 0 });
    const first = await train.toArray();
    expect(await train.toArray()).toEqual(first);
    expect(new Set(first.map(({ text }) => text)).size).toBe(120);
  });

  it('reads files row by row as it reads arrays', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flanlab-mixture-'));
    try {
      const paths = Object.entries(prompts).map(([task, rows]) => ({ task, path: join(folder, task), rows }));
      for (const { path, rows } of paths) await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const files = await Promise.all(paths.map(async ({ task, path }) => [task, await openPromptFile(path)] as const));
      const fromFiles = await buildMixture({ ...options, prompts: Object.fromEntries(files) });
      const fromArrays = await buildMixture(options);
      expect(fromFiles.card).toEqual(fromArrays.card);
      expect(await fromFiles.train.toArray()).toEqual(await fromArrays.train.toArray());
      for (const [, file] of files) await file.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('uses the first rows of a task up to the limit', async () => {
    const { card } = await buildMixture({ ...options, limit: 10 });
    expect(card.tasks.map(({ available, used }) => [available, used])).toEqual([
      [40, 10],
      [60, 10],
      [20, 10],
    ]);
  });

  it.each([
    [{ setup: 'default' }, 'MIXTURE_PROMPTS_MISSING'],
    [{ setup: 'defaul' }, 'MIXTURE_SETUP_UNKNOWN'],
    [{ setup: { description: '', tasks: ['rt'] } }, 'MIXTURE_TASK_UNKNOWN'],
    [{ prompts: { ...prompts, rte: [] } }, 'MIXTURE_PROMPTS_MISSING'],
    [{ prompts: {}, onMissing: 'skip' }, 'MIXTURE_PROMPTS_MISSING'],
    [{ testShare: 1 }, 'MIXTURE_OPTION_INVALID'],
    [{ limit: 0 }, 'MIXTURE_OPTION_INVALID'],
    [{ cap: -1 }, 'MIXTURE_OPTION_INVALID'],
    [{ temperature: 2, compat: true }, 'MIXTURE_RATES_INVALID'],
  ] as const)('refuses %j', async (more, code) => {
    await expect(buildMixture({ ...options, ...(more as Partial<BuildMixtureOptions>) })).rejects.toMatchObject({
      code,
    });
  });

  it('says how to go on without prompts of some tasks, and that none is there otherwise', async () => {
    const fix = async (more: Partial<BuildMixtureOptions>): Promise<string> =>
      buildMixture({ ...options, ...more }).then(
        () => '',
        (error: { fix: string }) => error.fix,
      );
    expect(await fix({ setup: 'default' })).toContain('--missing-tasks skip');
    expect(await fix({ prompts: {}, onMissing: 'skip' })).toContain('All its tasks lack them');
  });

  it('leaves tasks without prompts out on request', async () => {
    const { card } = await buildMixture({ ...options, setup: 'default', onMissing: 'skip' });
    expect(card.tasks.map(({ task }) => task)).toEqual(['rte', 'sst2']);
    expect(card.skipped).toContain('copa');
  });

  it('warns of tasks with options whose answers are all the same', async () => {
    const rte = prompts.rte.map((row, n) => ({ ...row, labels: n % 2 ? 'yes' : 'no' }));
    const xsum = prompts.xsum.map((row) => ({ ...row, gold_options: [''] }));
    const { card } = await buildMixture({ ...options, prompts: { ...prompts, rte, xsum } });
    expect(card.tasks.map(({ labels }) => labels)).toEqual([2, 1, 1]);
    expect(card.warnings).toEqual(['all prompts of sst2 have the same answer.']);
  });

  it('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    await expect(buildMixture({ ...options, signal })).rejects.toThrow('aborted');
  });
});

describe('the leakage check', () => {
  // A held-out row equal to rte row 3, and a shown sample of xsum row 5 that is a test row.
  const guard = [{ ...testPrompts('copa', 1)[0]!, examples: ['rte-3'] }, testPrompts('xsum', 8)[7]!];
  const leaky = {
    ...prompts,
    xsum: prompts.xsum.map((row, n) => (n === 5 ? { ...row, examples: [...row.examples, 'xsum-7'] } : row)),
  };
  const leaks = [
    { task: 'rte', row: 3, example: 'rte-3', against: 'copa' },
    { task: 'xsum', row: 5, example: 'xsum-7', against: 'xsum' },
    { task: 'xsum', row: 7, example: 'xsum-7', against: 'xsum' },
  ];

  it('reports rows that show a guarded example, as question or as sample', async () => {
    const { card } = await buildMixture({ ...options, prompts: leaky, guard });
    expect(card.leakage).toMatchObject({ guarded: 2, found: 3, leaks, removed: false, testRowsInTrain: 0 });
  });

  it('leaves them out, or fails, on request', async () => {
    const { train, test, card } = await buildMixture({ ...options, prompts: leaky, guard, onLeak: 'remove' });
    const shown = [...(await train.toArray()), ...(await test.toArray())].flatMap(({ examples }) => examples);
    expect(shown.filter((example) => example === 'rte-3' || example === 'xsum-7')).toEqual([]);
    expect(card.tasks.map(({ used }) => used)).toEqual([39, 60, 18]);
    await expect(buildMixture({ ...options, prompts: leaky, guard, onLeak: 'error' })).rejects.toMatchObject({
      code: 'MIXTURE_LEAKAGE',
    });
    const all = { ...options, prompts: leaky, guard: prompts.rte, onLeak: 'remove' } as const;
    await expect(buildMixture(all)).rejects.toMatchObject({ code: 'MIXTURE_LEAKAGE' });
  });

  it('counts rows of the test part that the training part asks too', async () => {
    const { card } = await buildMixture({ ...options, stoppingStrategy: 'all_exhausted', testShare: 0.5 });
    expect(card.leakage.testRowsInTrain).toBeGreaterThan(0);
  });
});
