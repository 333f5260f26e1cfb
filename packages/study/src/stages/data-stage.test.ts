import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HubOptions, sourceToday, TASKS } from '@flanlab/flan-datasets';
import { parquetBytes, startTestHub, type TestHub } from '@flanlab/flan-datasets/test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkConfig } from '../config/parse-config.js';
import type { StudyEvent } from '../events.js';
import { runStudy } from '../study.js';
import { temporaryFolder } from '../test-folder.js';
import type { FetchedSplit } from './data-stage.js';

const pairs = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    sentence1: `${name} ${i}.`,
    sentence2: `Second ${i}.`,
    label: i % 2,
    idx: i,
  }));
const revisionOf = (task: keyof typeof TASKS): string => {
  const today = sourceToday(TASKS[task]);
  return 'revision' in today ? today.revision : '';
};

let hub: TestHub;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let dir: string;
let run = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
  hub = await startTestHub({
    'nyu-mll/glue': {
      revisions: {
        main: {
          commit: revisionOf('rte'),
          files: {
            'rte/train-00000-of-00001.parquet': await parquetBytes(pairs('Train', 40)),
            'rte/validation-00000-of-00001.parquet': await parquetBytes(pairs('Test', 8)),
          },
        },
      },
    },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});
beforeEach(() => {
  run += 1;
  dir = join(folder.path, `run-${run}`);
  hub.fault = () => undefined;
});

const study = (data: object, tasks: object = { train: ['rte'], test: ['rte'] }) =>
  checkConfig(
    {
      name: 'small',
      data,
      base: { path: 'model' },
      encoder: { path: 'encoder' },
      tasks,
      prompts: { numDatapoints: 5 },
      models: { regular: { prompts: 'regular', recipe: { method: 'full' } } },
    },
    { name: 'small.yaml', folder: folder.path },
  );
const at = (cache: string, more: HubOptions = {}): HubOptions => ({
  endpoint: hub.endpoint,
  datasetsServer: hub.endpoint,
  cacheDir: join(folder.path, cache),
  token: null,
  env: {},
  sleep: async () => {},
  ...more,
});

async function prompts(options: HubOptions, config = study({ source: 'hub' })): Promise<StudyEvent[]> {
  const events: StudyEvent[] = [];
  for await (const event of runStudy(config, { dir, hub: options, until: ['prompts'] })) events.push(event);
  return events;
}
const outcomes = (events: readonly StudyEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'stage-finished' || event.type === 'stage-skipped' ? [`${event.type} ${event.stage}`] : [],
  );
const promptsOf = (split: string) => readFile(join(dir, 'prompts/regular', split, 'rte', 'test.jsonl'), 'utf8');

describe('a study whose rows come from the hub', () => {
  it('fetches what its tasks read, notes the commit and the hashes, and makes prompts of it', async () => {
    const events = await prompts(at('cache-a'));
    expect(outcomes(events)).toEqual(['stage-finished data', 'stage-finished prompts']);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'stage-progress', stage: 'data', unit: 'splits', detail: 'rte train: 40 rows' }),
    );
    const fetched = JSON.parse(await readFile(join(dir, 'data/fetched.json'), 'utf8')) as FetchedSplit[];
    expect(fetched).toMatchObject([
      {
        task: 'rte',
        split: 'train',
        rows: 40,
        manifest: { repo: 'nyu-mll/glue', commit: revisionOf('rte'), rows: { found: 40 } },
      },
      { task: 'rte', split: 'validation', rows: 8, manifest: { commit: revisionOf('rte') } },
    ]);
    expect(fetched[0]?.manifest?.files[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
    const tests = await promptsOf('test');
    expect(tests.trim().split('\n')).toHaveLength(8);
    expect(tests).toContain('Test 7.');
    expect(await promptsOf('train+val')).toContain('Train ');
  });

  it('is up to date without asking the hub again', async () => {
    await prompts(at('cache-a'));
    const before = hub.seen.length;
    expect(outcomes(await prompts(at('cache-a')))).toEqual(['stage-skipped data', 'stage-skipped prompts']);
    expect(hub.seen.length).toBe(before);
  });

  it('takes rows from the cache alone when it is offline, and gets the same bytes', async () => {
    await prompts(at('cache-a'));
    const online = await promptsOf('test');
    dir = `${dir}-offline`;
    await prompts(at('cache-a', { offline: true, endpoint: 'http://127.0.0.1:9' }));
    expect(await promptsOf('test')).toBe(online);
  });

  it('lists every split that did not come, keeps the others, and goes on the next time', async () => {
    const config = study({ source: 'hub' }, { train: ['rte', 'story_cloze'], test: ['snli'] });
    await expect(prompts(at('cache-b'), config)).rejects.toMatchObject({
      code: 'STUDY_DATA_INCOMPLETE',
      exitCode: 4,
      what: 'The rows of 3 of 4 splits could not be fetched.',
      why: expect.stringMatching(
        /story_cloze \(train\): DATASET_MANUAL_MISSING[\s\S]*snli \(train\): DATASET_HUB_PRIVATE/,
      ),
      fix: expect.stringContaining('rocstories'),
    });
    expect((await readFile(join(dir, 'data/rte/train.jsonl'), 'utf8')).split('\n')).toHaveLength(41);
    const before = hub.seen.length;
    expect(outcomes(await prompts(at('cache-b')))).toEqual(['stage-finished data', 'stage-finished prompts']);
    const asked = hub.seen.slice(before).filter(({ host }) => host === 'storage');
    expect(asked).toHaveLength(1); // the validation split alone
  });

  it('says that nothing is cached when it is offline', async () => {
    await expect(prompts(at('cache-c', { offline: true }))).rejects.toMatchObject({
      code: 'STUDY_DATA_INCOMPLETE',
      why: expect.stringContaining('DATASET_HUB_OFFLINE'),
    });
  });

  it('stops when asked to', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'stall', after: 10 } : undefined);
    const stop = new AbortController();
    const reading = async (): Promise<void> => {
      const options = { dir, hub: at('cache-d'), until: ['prompts'], signal: stop.signal };
      for await (const event of runStudy(study({ source: 'hub' }), options))
        if (event.type === 'stage-progress') setTimeout(() => stop.abort(), 50);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'STUDY_INTERRUPTED', exitCode: 75 });
  });

  it('fetches again when a download made by hand has changed, and nothing when it has not', async () => {
    const manual = join(folder.path, 'by-hand');
    const file = join(manual, 'opinion_abstracts/idebate.json');
    const write = async (claim: string) =>
      writeFile(
        file,
        JSON.stringify(
          Array.from({ length: 12 }, (_, n) => ({
            _debate_name: `debate ${n}`,
            _claim: `${claim} ${n}`,
            _argument_sentences: { 0: 'Because.' },
          })),
        ),
      );
    await mkdir(join(manual, 'opinion_abstracts'), { recursive: true });
    await write('First');
    const config = study({ source: 'hub', manual }, { train: ['opin_idebate'], test: ['opin_idebate'] });
    const made = ['stage-finished data', 'stage-finished prompts'];
    expect(outcomes(await prompts(at('cache-e'), config))).toEqual(made);
    expect(outcomes(await prompts(at('cache-e'), config))).toEqual(['stage-skipped data', 'stage-skipped prompts']);
    await write('Other');
    const events = await prompts(at('cache-e'), config);
    expect(outcomes(events)).toEqual(made);
    expect(events).toContainEqual(expect.objectContaining({ stage: 'data', why: `${file} changed` }));
    const line = await readFile(join(dir, 'prompts/regular/test/opin_idebate/test.jsonl'), 'utf8');
    expect(line).toContain('Other 0');

    // The same file where the folder of downloads is the source itself.
    const local = study({ source: manual }, { train: ['opin_idebate'], test: ['opin_idebate'] });
    dir = `${dir}-local`;
    expect(outcomes(await prompts(at('cache-e'), local))).toEqual(['stage-finished prompts']);
    expect(outcomes(await prompts(at('cache-e'), local))).toEqual(['stage-skipped prompts']);
    await write('Third');
    expect(outcomes(await prompts(at('cache-e'), local))).toEqual(['stage-finished prompts']);
  });

  it('fetches tasks of its own too, but not those whose rows are in a folder', async () => {
    const near = (name: string): string => join(folder.path, 'own', name);
    const own = (name: string) => ({
      name,
      source: { hub: { path: 'glue', config: 'rte' } },
      splits: { train: 'train', test: 'validation' },
      columns: ['sentence1', 'sentence2', 'label'],
      prompt: { label: { text: 'sentence2' } },
      templates: ['{sentence1}?'],
    });
    await mkdir(near('rows/pairs'), { recursive: true });
    await writeFile(near('tasks.json'), JSON.stringify(own('pairs')));
    const write = (split: string, text: string) =>
      writeFile(
        near(`rows/pairs/${split}.jsonl`),
        pairs(text, 8)
          .map((row) => JSON.stringify(row))
          .join('\n'),
      );
    await write('train', 'Local');
    await write('validation', 'Local');
    const config = (data: object) => ({
      ...study({ source: 'hub' }),
      tasks: { train: ['rte'], test: ['pairs'] },
      data: { ...study({ source: 'hub' }).data, taskFile: near('tasks.json'), ...data },
    });
    const options = at('cache-a');
    const test = () => readFile(join(dir, 'prompts/regular/test/pairs/test.jsonl'), 'utf8');
    await prompts(options, config({}));
    expect(await readdir(join(dir, 'data'))).toEqual(expect.arrayContaining(['rte', 'pairs']));
    expect(await test()).toContain('Test 7.?');
    const events = await prompts(options, config({ taskRows: near('rows') }));
    expect(outcomes(events)).toEqual(['stage-finished data', 'stage-finished prompts']);
    expect(await readdir(join(dir, 'data'))).not.toContain('pairs');
    expect(await test()).toContain('Local 0.?');
    await write('validation', 'Newer');
    expect(outcomes(await prompts(options, config({ taskRows: near('rows') })))).toEqual([
      'stage-skipped data',
      'stage-finished prompts',
    ]);
  });

  it('is told apart from a folder of that name', () => {
    expect(study({ source: 'hub' }).data).toMatchObject({
      source: 'hub',
      manual: join(folder.path, 'data/manual_downloads'),
    });
    expect(study({ source: './hub' }).data.source).toBe(join(folder.path, 'hub'));
  });
});
