import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import { HUB_SOURCES } from '../data/hub-sources.js';
import { findTask } from '../find-task.js';
import { startTestHub, type TestHub } from '../hub/test-hub.js';
import { parquetBytes } from '../hub/test-rows.js';
import { loadTask } from '../load-task.js';
import type { Row } from '../row.js';
import { type FetchTasksEvent, fetchTasks } from './fetch-tasks.js';
import { hubRows } from './hub-rows.js';
import type { RowPosition, SourceEvent } from './source-events.js';

let hub: TestHub;
let root: string;
let cacheDir: string;
let run = 0;

// In another order of columns than published, with one more: neither may reach a prompt.
const RTE = Array.from({ length: 300 }, (_, i) => ({
  idx: i,
  __index_level_0__: i,
  label: i % 2,
  sentence2: `Hypothesis ${i}.`,
  sentence1: `Premise ${i}.`,
}));
const QUESTIONS = [{ question: 'How many?', answer: 'Two and two is 4.\n#### 4' }];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flanlab-hub-rows-'));
  const rte = await parquetBytes(RTE);
  hub = await startTestHub({
    'nyu-mll/glue': {
      revisions: {
        main: {
          commit: HUB_SOURCES.glue.revision,
          files: {
            'rte/train-00000-of-00001.parquet': rte,
            'rte/validation-00000-of-00001.parquet': await parquetBytes(RTE.slice(0, 20)),
            'wnli/train-00000-of-00001.parquet': rte,
          },
        },
        'refs/pr/1': {
          commit: 'b'.repeat(40),
          files: { 'rte/train-00000-of-00001.parquet': await parquetBytes(RTE.slice(7, 9)) },
        },
      },
    },
    'openai/gsm8k': {
      revisions: {
        main: {
          commit: HUB_SOURCES.gsm8k.revision,
          files: { 'main/test-00000-of-00001.parquet': await parquetBytes(QUESTIONS) },
        },
      },
    },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  run += 1;
  cacheDir = join(root, `cache-${run}`);
  hub.fault = () => undefined;
});

const options = () => ({
  endpoint: hub.endpoint,
  datasetsServer: hub.endpoint,
  cacheDir,
  token: null,
  env: {},
  sleep: async () => {},
});
const normalised = (from: number, to: number): readonly Row[] =>
  RTE.slice(from, to).map(({ sentence1, sentence2, label }) => ({
    premise: sentence1,
    hypothesis: sentence2,
    label,
    options: '',
  }));

describe('loadTask from the hub', () => {
  it('gives normalised rows with the columns of the task, in published order', async () => {
    const source = hubRows({ hub: options() });
    const rows = await collect(loadTask('rte', { split: 'train', source }));
    expect(rows.map(({ idx, ...row }) => row)).toEqual(normalised(0, 300));
    expect(Object.keys(rows[0]!).filter((name) => name !== 'idx')).toEqual(Object.keys(normalised(0, 1)[0]!));
    const raw = await collect(
      loadTask('rte', { split: 'train', source: hubRows({ hub: options(), allColumns: true }), raw: true, limit: 1 }),
    );
    expect(Object.keys(raw[0]!)).toContain('__index_level_0__');
  });

  it('goes on at a position, so that two halves are the whole', async () => {
    let position: RowPosition | undefined;
    const first: Row[] = [];
    const onPosition = (next: RowPosition) => {
      position = next;
    };
    for await (const row of loadTask('rte', { split: 'train', source: hubRows({ hub: options(), onPosition }) })) {
      first.push(row);
      if (first.length === 120) break;
    }
    expect(position).toEqual({ file: 0, rowGroup: 0, row: 120, index: 120 });
    const source = hubRows({ hub: options(), start: position });
    const second = await collect(loadTask('rte', { split: 'train', source }));
    expect([...first, ...second].map(({ hypothesis }) => hypothesis)).toEqual(RTE.map(({ sentence2 }) => sentence2));
  });

  it('takes first rows, another revision, and says what it read', async () => {
    const events: SourceEvent[] = [];
    const onEvent = (event: SourceEvent): void => void events.push(event);
    const source = hubRows({ hub: options(), firstRows: 1, revision: 'refs/pr/1', onEvent });
    expect(await collect(loadTask('rte', { split: 'train', source }))).toMatchObject([{ premise: 'Premise 7.' }]);
    const done = events.at(-1);
    expect(done).toMatchObject({
      kind: 'done',
      manifest: {
        repo: 'nyu-mll/glue',
        revision: 'refs/pr/1',
        commit: 'b'.repeat(40),
        rows: { first: 1, found: 1, expected: 1 },
      },
    });
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['resolved', 'bytes', 'file', 'rows']));
  });

  it('stops when asked to', async () => {
    const stop = new AbortController();
    const reading = async (): Promise<void> => {
      const rows = loadTask('rte', { split: 'train', source: hubRows({ hub: options() }), signal: stop.signal });
      for await (const _row of rows) stop.abort();
    };
    await expect(reading()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says that the translated task is shipped with the study', async () => {
    const rows = loadTask('social_iqa_translated', { split: 'train', source: hubRows({ hub: options() }) });
    await expect(collect(rows)).rejects.toMatchObject({ code: 'DATASET_MANUAL_MISSING' });
  });
});

describe('fetchTasks', () => {
  const wanted = (...names: readonly (readonly [task: string, split: string])[]) =>
    names.map(([task, split]) => ({ task: findTask(task), split }));
  const results = (events: readonly FetchTasksEvent[]) =>
    events.flatMap((event) => (event.kind === 'result' ? [event.result] : []));

  it('fetches what it can and says of the rest what to do', async () => {
    const manualFolder = join(root, 'manual');
    mkdirSync(join(manualFolder, 'opinion_abstracts'), { recursive: true });
    writeFileSync(join(manualFolder, 'opinion_abstracts', 'idebate.json'), '[{"_claim":"c"}]');
    const splits = wanted(
      ['rte', 'train'],
      ['gsm8k', 'test'],
      ['story_cloze', 'test'],
      ['opin_idebate', 'train'],
      ['snli', 'train'],
      ['cola', 'train'],
    );
    const events = await collect(fetchTasks(splits, { hub: options(), manualFolder }));
    expect(results(events).map(({ task, status, rows, error }) => [task, status, rows, error?.code ?? null])).toEqual([
      ['rte', 'fetched', 300, null],
      ['gsm8k', 'fetched', 1, null],
      ['story_cloze', 'by-hand', 0, 'DATASET_MANUAL_MISSING'],
      ['opin_idebate', 'found', 1, null],
      ['snli', 'failed', 0, 'DATASET_HUB_PRIVATE'],
      ['cola', 'failed', 0, 'DATASET_HUB_SPLIT_MISSING'],
    ]);
    const [rte] = results(events);
    expect(rte).toMatchObject({
      from: 'nyu-mll/glue@a3f3ab7',
      manifest: { rows: { first: 100_000, found: 300, expected: 300 } },
    });
    expect(rte?.manifest?.files[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
    const again = results(
      await collect(fetchTasks(wanted(['rte', 'train']), { hub: { ...options(), offline: true } })),
    );
    expect(again).toMatchObject([{ status: 'cached', rows: 300, bytes: 0 }]);
  });

  it('writes the published rows where other commands find them', async () => {
    const outFolder = join(root, `out-${run}`);
    await collect(fetchTasks(wanted(['rte', 'train'], ['gsm8k', 'test']), { hub: options(), outFolder }));
    const again = await collect(loadTask('rte', { split: 'train', source: outFolder }));
    expect(again).toEqual(await collect(loadTask('rte', { split: 'train', source: hubRows({ hub: options() }) })));
    expect(await collect(loadTask('gsm8k', { split: 'test', source: outFolder, raw: true }))).toEqual(QUESTIONS);
  });

  it('ends at once when asked to', async () => {
    const stop = new AbortController();
    const reading = async (): Promise<void> => {
      const events = fetchTasks(wanted(['rte', 'train'], ['wnli', 'train']), { hub: options(), signal: stop.signal });
      for await (const { kind } of events) if (kind === 'bytes') stop.abort();
    };
    await expect(reading()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not wait long for each when the hub is gone', async () => {
    let waits = 0;
    const sleep = async (): Promise<void> => {
      waits += 1;
    };
    const gone = { ...options(), endpoint: 'http://127.0.0.1:9', sleep };
    const events = await collect(
      fetchTasks(wanted(['rte', 'train'], ['wnli', 'train'], ['snli', 'train']), { hub: gone }),
    );
    expect(results(events).map(({ error }) => error?.code)).toEqual(Array(3).fill('DATASET_HUB_UNREACHABLE'));
    expect(waits).toBe(5);
  });
});
