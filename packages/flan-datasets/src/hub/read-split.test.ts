import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { Row } from '../row.js';
import type { FetchManifest, RowPosition, SourceEvent } from '../sources/source-events.js';
import { type HubSplitQuery, readHubSplit } from './read-split.js';
import type { HubOptions } from './settings.js';
import { startTestHub, type TestHub } from './test-hub.js';
import { EXPORT_COMMIT, exportedCommit, MAIN_COMMIT, numberedRows, parquetBytes, testSettings } from './test-rows.js';

let hub: TestHub;
let root: string;
let cacheDir: string;
let run = 0;
const NOISE = 300;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flanlab-hub-'));
  hub = await startTestHub({
    'org/rows': {
      revisions: {
        'refs/convert/parquet': await exportedCommit([4300, 300], NOISE),
        main: {
          commit: MAIN_COMMIT,
          files: { 'data/train-00000-of-00001.parquet': await parquetBytes(numberedRows(0, 50)) },
        },
      },
      exported: { body: { parquet_files: [], pending: [], failed: [], partial: false }, revision: MAIN_COMMIT },
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

const EXPORT = { repo: 'org/rows', revision: 'refs/convert/parquet', split: 'train' } as const;

async function read(
  query: Partial<HubSplitQuery> = {},
  options: HubOptions = {},
): Promise<{ rows: Row[]; manifest: FetchManifest; events: SourceEvent[]; bytes: number; next: RowPosition[] }> {
  const events: SourceEvent[] = [];
  const before = hub.sent();
  const settings = await testSettings(hub, cacheDir, options);
  const all = await collect(readHubSplit(settings, { ...EXPORT, onEvent: (event) => events.push(event), ...query }));
  const done = events.find((event) => event.kind === 'done');
  return {
    rows: all.map(({ row }) => row),
    next: all.map(({ next }) => next),
    manifest: done?.kind === 'done' ? done.manifest : ({} as FetchManifest),
    events,
    bytes: hub.sent() - before,
  };
}

describe('reading a split', () => {
  it('gives every row of every file, once, in published order, and says what it read', async () => {
    const { rows, manifest } = await read();
    expect(rows).toEqual(numberedRows(0, 4600, NOISE));
    expect(manifest).toMatchObject({
      repo: 'org/rows',
      revision: 'refs/convert/parquet',
      commit: EXPORT_COMMIT,
      config: 'default',
      rows: { first: null, expected: 4600, found: 4600, inSplit: 4600 },
      exported: { checked: true, madeFrom: MAIN_COMMIT, partial: false },
    });
    expect(manifest.files.map(({ path, rows: of, access }) => [path, of, access])).toEqual([
      ['default/train/0000.parquet', 4300, 'downloaded'],
      ['default/train/0001.parquet', 300, 'downloaded'],
    ]);
  });

  it('tells of a file before its bytes come, so that a bar has an end', async () => {
    const { events } = await read();
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind === 'file' || kind === 'bytes');
    expect(kinds[0]).toBe('file');
    expect(kinds.filter((kind) => kind === 'file')).toHaveLength(2);
  });

  it('leaves files where Python tools look for them, and reads them from there the next time', async () => {
    await read();
    const folder = join(cacheDir, 'datasets--org--rows');
    expect(readdirSync(join(folder, 'blobs'))).toHaveLength(2);
    const pointer = join(folder, 'snapshots', EXPORT_COMMIT, 'default/train/0000.parquet');
    expect(readlinkSync(pointer)).toMatch(/^(\.\.\/){4}blobs\/[0-9a-f]{64}$/);
    expect(readdirSync(join(folder, 'refs', 'refs', 'convert'))).toEqual(['parquet']);
    const again = await read();
    expect(again.bytes).toBe(0);
    expect(again.rows).toHaveLength(4600);
    expect(again.manifest.files.map(({ access }) => access)).toEqual(['cached', 'cached']);
  });

  it('works offline with what is there, and says what is not', async () => {
    await read();
    const offline = await read({}, { offline: true, endpoint: 'http://127.0.0.1:9' });
    expect(offline.rows).toHaveLength(4600);
    expect(offline.manifest.exported).toMatchObject({ checked: false, why: 'offline' });
    // What other tools have fetched has no list of ours beside it.
    rmSync(join(cacheDir, 'datasets--org--rows', 'flanlab'), { recursive: true });
    expect((await read({}, { offline: true })).rows).toHaveLength(4600);
    await expect(read({ split: 'test' }, { offline: true })).rejects.toMatchObject({
      code: 'DATASET_HUB_SPLIT_MISSING',
    });
    cacheDir = `${cacheDir}-empty`;
    await expect(read({}, { offline: true })).rejects.toMatchObject({ code: 'DATASET_HUB_OFFLINE' });
  });

  it('fetches parts of large files only, and keeps them', async () => {
    const small = await read({ columns: ['text'], firstRows: 100 }, { wholeFileBytes: 0 });
    expect(small.rows).toEqual(numberedRows(0, 100).map(({ text }) => ({ text })));
    const whole = (await read({}, {})).bytes;
    expect(small.bytes).toBeLessThan(whole / 3);
    expect(small.manifest.rows).toEqual({ first: 100, expected: 100, found: 100, inSplit: null });
    expect(small.manifest.files).toMatchObject([{ access: 'ranges', rowsRead: 100, bytes: small.bytes }]);
  });

  it('asks once for what lies together', async () => {
    const before = hub.seen.length;
    const query = { columns: ['text', 'label'], firstRows: 4299 };
    expect((await read(query, { wholeFileBytes: 0 })).rows).toHaveLength(4299);
    // The footer, and both columns of each of two row groups.
    expect(hub.seen.slice(before).filter(({ host }) => host === 'storage').length).toBeLessThanOrEqual(3);
  });

  it('reads parts from the cache the next time', async () => {
    const query = { columns: ['text'], firstRows: 100 };
    await read(query, { wholeFileBytes: 0 });
    expect((await read(query, { wholeFileBytes: 0 })).bytes).toBe(0);
    const offline = await read(query, { wholeFileBytes: 0, offline: true });
    expect(offline.rows).toHaveLength(100);
    await expect(read({}, { wholeFileBytes: 0, offline: true })).rejects.toMatchObject({ code: 'DATASET_HUB_OFFLINE' });
  });

  it('reads files published as Parquet, pinned to a commit, without asking what it stands for', async () => {
    const { rows, manifest } = await read({ revision: MAIN_COMMIT });
    expect(rows).toEqual(numberedRows(0, 50));
    expect(manifest).toMatchObject({ commit: MAIN_COMMIT, revision: MAIN_COMMIT, exported: null });
    const asked = hub.seen.slice(-4).map(({ url }) => url);
    expect(asked.filter((url) => url.includes('/revision/'))).toEqual([]);
  });

  it.each([0, 1, 4095, 4096, 4299, 4300, 4600])('goes on after row %i, without rows lost or twice', async (at) => {
    const all = await read();
    const start = at === 0 ? undefined : all.next[at - 1];
    const rest = await read({ start });
    expect(rest.rows).toEqual(all.rows.slice(at));
    expect(rest.next).toEqual(all.next.slice(at));
    expect(rest.manifest.rows.found).toBe(4600 - at);
  });

  it('counts the first rows from the head of the split, also when it goes on', async () => {
    const { next } = await read({ firstRows: 4400 });
    expect(next.at(-1)).toEqual({ file: 1, rowGroup: 0, row: 100, index: 4400 });
    const rest = await read({ firstRows: 4400, start: next[4299] });
    expect(rest.rows).toEqual(numberedRows(4300, 100, NOISE));
  });

  it('tells what was read when the reader stops early', async () => {
    const events: SourceEvent[] = [];
    const settings = await testSettings(hub, cacheDir);
    for await (const { next } of readHubSplit(settings, { ...EXPORT, onEvent: (event) => events.push(event) }))
      if (next.index === 10) break;
    expect(events.at(-1)).toMatchObject({ kind: 'done', manifest: { rows: { expected: null, inSplit: null } } });
  });

  it('stops when asked to, while reading and while waiting', async () => {
    const stop = new AbortController();
    const settings = await testSettings(hub, cacheDir);
    const reading = async (): Promise<void> => {
      for await (const { next } of readHubSplit(settings, { ...EXPORT, signal: stop.signal }))
        if (next.index === 5) stop.abort();
    };
    await expect(reading()).rejects.toThrow(/abort/i);
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'stall', after: 10 } : undefined);
    const late = new AbortController();
    setTimeout(() => late.abort(), 60);
    cacheDir = `${cacheDir}-other`;
    await expect(read({ signal: late.signal }, { stallMs: 60_000 })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(
      read({ signal: AbortSignal.timeout(60) }, { stallMs: 60_000, wholeFileBytes: 0 }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
