import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { expect, it } from 'vitest';
import type { StudyEvent } from '../events.js';
import { temporaryFolder } from '../test-folder.js';
import { runStages } from './run-stages.js';
import type { Stage } from './stage.js';

/** Two stages: `words` writes its settings, `models/upper` reads them; both count how often they ran. */
function twoStages(words: string, log: string[]): readonly Stage[] {
  return [
    {
      id: 'words',
      needs: [],
      config: { words },
      code: ['@flanlab/errors'],
      volatile: ['times.txt'],
      async *run({ folder }) {
        log.push('words');
        yield { done: 1, total: 2, unit: 'files' };
        await writeFile(join(folder, 'words.txt'), words.trim());
        await writeFile(join(folder, 'times.txt'), String(process.hrtime.bigint()));
        yield { done: 2, total: 2, unit: 'files' };
      },
    },
    {
      id: 'models/upper',
      needs: ['words'],
      config: {},
      code: [],
      async *run({ folder, input }) {
        log.push('upper');
        yield { done: 0, total: 1, unit: 'files' };
        const text = await readFile(join(input('words'), 'words.txt'), 'utf8');
        await writeFile(join(folder, 'upper.txt'), text.toUpperCase());
      },
    },
  ];
}

async function all(stages: readonly Stage[], dir: string, signal?: AbortSignal): Promise<readonly StudyEvent[]> {
  const events: StudyEvent[] = [];
  for await (const event of runStages(stages, { dir, ...(signal === undefined ? {} : { signal }) })) events.push(event);
  return events;
}

it('runs everything once, then nothing', async () => {
  await using folder = await temporaryFolder();
  const log: string[] = [];
  await all(twoStages('a b', log), folder.path);
  expect(await readFile(join(folder.path, 'models/upper/upper.txt'), 'utf8')).toBe('A B');
  const second = await all(twoStages('a b', log), folder.path);
  expect(log).toEqual(['words', 'upper']);
  expect(second.map(({ type }) => type)).toEqual(['study-started', 'stage-skipped', 'stage-skipped', 'study-finished']);
  expect(await exists(join(folder.path, 'lock.json'))).toBe(false);
});

it('says in done.json what the result was made from', async () => {
  await using folder = await temporaryFolder();
  await all(twoStages('a b', []), folder.path);
  const manifest = await readJson(join(folder.path, 'words/done.json'));
  expect(manifest).toMatchObject({
    stage: 'words',
    inputs: { config: { words: 'a b' }, code: { '@flanlab/errors': expect.stringMatching(/^[0-9a-f]{64}$/) } },
    outputs: {
      // printf 'a b' | sha256sum
      'words.txt': { sha256: 'c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65', bytes: 3 },
    },
  });
});

it('counts the code of this package that a stage names, and no other', async () => {
  await using folder = await temporaryFolder();
  const [words] = twoStages('a b', []);
  const run = async (ownCode: readonly string[]) => {
    const events = await all([{ ...words!, ownCode }], folder.path);
    const manifest = (await readJson(join(folder.path, 'words/done.json'))) as { inputs: { code: object } };
    return { why: events.flatMap((event) => (event.type === 'stage-started' ? [event.why] : [])), ...manifest.inputs };
  };
  const { code } = await run(['engine']);
  expect(code).toMatchObject({ '@flanlab/study/engine': expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await run(['engine'])).why).toEqual([]);
  expect((await run(['engine', 'config'])).why).toEqual(['the code of @flanlab/study/config changed']);
});

it.each([
  ['its settings', (_dir: string) => 'c d', ['words', 'upper'], 'its settings changed (words)'],
  // Times differ and the trailing space is cut: the second stage sees the same content.
  ['settings that give the same result', (_dir: string) => 'a b ', ['words'], 'its settings changed (words)'],
  [
    'an output that someone edited',
    async (dir: string) => {
      await writeFile(join(dir, 'words/words.txt'), 'x y');
      return 'a b';
    },
    ['words'],
    'its output words.txt was changed',
  ],
  [
    'an output that someone removed',
    async (dir: string) => {
      await rm(join(dir, 'words/words.txt'));
      return 'a b';
    },
    ['words'],
    'its output words.txt is missing',
  ],
])('runs again after a change of %s', async (_name, change, expected, why) => {
  await using folder = await temporaryFolder();
  await all(twoStages('a b', []), folder.path);
  const log: string[] = [];
  const events = await all(twoStages(await change(folder.path), log), folder.path);
  expect(log).toEqual(expected);
  expect(events.find(({ type }) => type === 'stage-started')).toMatchObject({ why });
});

it('goes on with unfinished work of the same inputs, and throws away that of others', async () => {
  await using folder = await temporaryFolder();
  const seen: boolean[] = [];
  const stages = (size: number, fail: boolean): readonly Stage[] => [
    {
      id: 'slow',
      needs: [],
      config: { size },
      code: [],
      async *run({ folder: own }) {
        seen.push(await exists(join(own, 'half.txt')));
        await writeFile(join(own, 'half.txt'), 'half');
        yield { done: 1, total: 2, unit: 'halves' };
        if (fail) throw new Error('killed');
      },
    },
  ];
  await expect(all(stages(1, true), folder.path)).rejects.toThrow('killed');
  await expect(all(stages(1, true), folder.path)).rejects.toThrow('killed');
  await all(stages(2, false), folder.path);
  expect(seen).toEqual([false, true, false]);
});

it('stops between units of work when asked to, and does not count the stage as done', async () => {
  await using folder = await temporaryFolder();
  const controller = new AbortController();
  const stages: readonly Stage[] = [
    {
      id: 'slow',
      needs: [],
      config: {},
      code: [],
      async *run() {
        yield { done: 1, total: 2, unit: 'halves' };
        controller.abort();
      },
    },
  ];
  await expect(all(stages, folder.path, controller.signal)).rejects.toMatchObject({
    code: 'STUDY_INTERRUPTED',
    exitCode: 75,
  });
  expect(await exists(join(folder.path, 'slow/done.json'))).toBe(false);
  expect(await exists(join(folder.path, 'lock.json'))).toBe(false);
});

it('runs only what a wanted stage or group needs, and suggests names', async () => {
  await using folder = await temporaryFolder();
  const log: string[] = [];
  const run = async (until: readonly string[]) => {
    for await (const _ of runStages(twoStages('a', log), { dir: folder.path, until }));
  };
  await run(['words']);
  expect(log).toEqual(['words']);
  await run(['models']);
  expect(log).toEqual(['words', 'upper']);
  await expect(run(['model'])).rejects.toMatchObject({ code: 'STUDY_STAGE_UNKNOWN', exitCode: 2 });
});

it('tells rate and time left from where this run began', async () => {
  await using folder = await temporaryFolder();
  let now = 0;
  const stages: readonly Stage[] = [
    {
      id: 'steps',
      needs: [],
      config: {},
      code: [],
      async *run() {
        for (const done of [40, 60]) {
          yield { done, total: 100, unit: 'steps' };
          now += 2000;
        }
      },
    },
  ];
  const events: StudyEvent[] = [];
  for await (const event of runStages(stages, { dir: folder.path, clock: () => now })) events.push(event);
  expect(events.filter(({ type }) => type === 'stage-progress').at(-1)).toMatchObject({
    perSecond: 10,
    secondsLeft: 4,
  });
});
