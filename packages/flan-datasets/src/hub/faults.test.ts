import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFlanlabError } from '@flanlab/errors';
import { PythonRandom } from '@flanlab/random';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { Row } from '../row.js';
import type { SourceEvent } from '../sources/source-events.js';
import { type HubSplitQuery, readHubSplit } from './read-split.js';
import type { HubOptions } from './settings.js';
import { type Fault, type SeenRequest, startTestHub, type TestHub, testBytes } from './test-hub.js';
import { exportedCommit, numberedRows, testSettings } from './test-rows.js';

let hub: TestHub;
let root: string;
let cacheDir: string;
let file: Uint8Array;
let run = 0;
const ROWS = numberedRows(0, 4500);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flanlab-faults-'));
  const exported = await exportedCommit([4300, 200]);
  file = exported.files['default/train/0000.parquet'] as Uint8Array;
  hub = await startTestHub({ 'org/rows': { revisions: { 'refs/convert/parquet': exported }, exported: { body: {} } } });
  hub.tokens.add('hf_good');
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

async function read(options: HubOptions = {}, query: Partial<HubSplitQuery> = {}): Promise<Row[]> {
  const settings = await testSettings(hub, cacheDir, options);
  const all = readHubSplit(settings, { repo: 'org/rows', revision: 'refs/convert/parquet', split: 'train', ...query });
  return (await collect(all)).map(({ row }) => row);
}

/** Says where rows differ, and not all of them. */
const same = (rows: readonly Row[], expected: readonly Row[] = ROWS): void => {
  const at = expected.findIndex((row, i) => JSON.stringify(rows[i]) !== JSON.stringify(row));
  expect({ count: rows.length, differs: at, row: rows[at] }).toEqual({ count: expected.length, differs: -1 });
};
const onStorage =
  (...faults: readonly Fault[]) =>
  ({ host }: SeenRequest): Fault | undefined =>
    host === 'storage' ? next(faults) : undefined;
let served = 0;
const next = (faults: readonly Fault[]): Fault | undefined => faults[served++];
beforeEach(() => {
  served = 0;
});

describe('a download that is interrupted', () => {
  it('goes on where it broke, within a run', async () => {
    const before = hub.sent();
    const seen = hub.seen.length;
    const events: SourceEvent[] = [];
    const arrived = () => events.reduce((sum, event) => sum + (event.kind === 'bytes' ? event.bytes : 0), 0);
    const received = (bytes: number) => async (): Promise<void> => {
      while (arrived() < bytes) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    hub.fault = onStorage(
      { kind: 'cut', after: 20_000, received: received(20_000) },
      { kind: 'cut', after: 9000, received: received(29_000) },
    );
    same(await read({}, { onEvent: (event) => events.push(event) }));
    const whole = Object.values(hub.repos['org/rows']!.revisions['refs/convert/parquet']!.files);
    const sizes = whole.slice(1, 3).reduce((sum, bytes) => sum + (bytes as Uint8Array).length, 0);
    expect(hub.sent() - before).toBe(sizes);
    expect(events.filter(({ kind }) => kind === 'retry')).toHaveLength(2);
    const etag = `"${testBytes(file).sha256}"`;
    const asked = hub.seen.slice(seen).filter(({ host }) => host === 'storage');
    expect(asked.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ['bytes=20000-', etag],
      ['bytes=29000-', etag],
      [undefined, undefined],
    ]);
  });

  it('goes on where it broke, in the next run', async () => {
    // A stall and not a cut: what was sent before a cut may be lost on the way.
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'stall', after: 30_000 } : undefined);
    await expect(read({ attempts: 1, stallMs: 2000 })).rejects.toMatchObject({ code: 'DATASET_HUB_UNREACHABLE' });
    const blobs = join(cacheDir, 'datasets--org--rows', 'blobs');
    const [partial] = readdirSync(blobs);
    expect(partial).toMatch(/\.flanlab\.incomplete$/);
    const have = statSync(join(blobs, partial!)).size;
    expect(have).toBeGreaterThan(0);
    hub.fault = () => undefined;
    const before = hub.seen.length;
    same(await read());
    const resumed = hub.seen.slice(before).find(({ host }) => host === 'storage');
    expect(resumed?.headers.range).toBe(`bytes=${have}-`);
    expect(resumed?.sent).toBe(file.length - have);
  });

  it('starts over when the hub says that so much there is not', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'stall', after: 30_000 } : undefined);
    await expect(read({ attempts: 1, stallMs: 300 })).rejects.toThrow();
    hub.fault = ({ host, headers }) =>
      host === 'storage' && headers.range !== undefined ? { kind: 'status', status: 416 } : undefined;
    same(await read());
  });

  it('fetches again what a full disk left too short', async () => {
    same(await read());
    const blobs = join(cacheDir, 'datasets--org--rows', 'blobs');
    for (const name of readdirSync(blobs)) truncateSync(join(blobs, name), 1000);
    same(await read());
    same(await read({ offline: true }));
  });

  it('starts over when the part left behind is not of this file', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'stall', after: 30_000 } : undefined);
    await expect(read({ attempts: 1, stallMs: 300 })).rejects.toThrow();
    const blobs = join(cacheDir, 'datasets--org--rows', 'blobs');
    writeFileSync(join(blobs, readdirSync(blobs)[0]!), Buffer.alloc(5000, 7));
    hub.fault = () => undefined;
    same(await read());
    expect(readdirSync(blobs).every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
  });
});

describe('one fault', () => {
  const PASSING: readonly (readonly [string, Fault])[] = [
    ['503', { kind: 'status', status: 503, headers: { 'retry-after': '2' } }],
    ['429', { kind: 'status', status: 429, headers: { ratelimit: '"resolvers";r=0;t=3' } }],
    ['500', { kind: 'status', status: 500 }],
    ['a refused connection', { kind: 'refuse' }],
    ['a connection cut before the first byte', { kind: 'cut', after: 0 }],
    ['a connection cut later', { kind: 'cut', after: 1000 }],
    ['a connection that stalls', { kind: 'stall', after: 1000 }],
    ['too few bytes', { kind: 'short', by: 100 }],
    ['too many bytes', { kind: 'long', by: 100 }],
    ['a server that ignores ranges', { kind: 'no-range' }],
    ['a slow connection', { kind: 'slow', chunk: 30_000, waitMs: 5 }],
  ];
  it.each(PASSING)('%s loses and doubles no row', async (_name, fault) => {
    for (const wholeFileBytes of [2 ** 24, 0]) {
      served = 0;
      cacheDir = `${cacheDir}-${wholeFileBytes}`;
      hub.fault = onStorage(fault);
      same(
        await read(
          { wholeFileBytes, ...(fault.kind === 'stall' && { stallMs: 300 }) },
          { columns: ['text', 'label', 'extra'], firstRows: 4299 },
        ),
        ROWS.slice(0, 4299),
      );
    }
  });

  it('is none that this process stood still for a while', async () => {
    const busy: typeof fetch = (url, init) => {
      const answer = fetch(url, init);
      const start = performance.now();
      while (performance.now() - start < 250);
      return answer;
    };
    const events: SourceEvent[] = [];
    const query = { firstRows: 5, onEvent: (event: SourceEvent) => events.push(event) };
    same(await read({ fetch: busy, stallMs: 200 }, query), ROWS.slice(0, 5));
    expect(events.filter(({ kind }) => kind === 'retry')).toEqual([]);
  });

  it('wrong bytes never become a file, nor do they stay in the way', async () => {
    hub.fault = onStorage({ kind: 'flip', at: 5000 });
    same(await read());
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'flip', at: 5000 } : undefined);
    cacheDir = `${cacheDir}-always`;
    await expect(read()).rejects.toMatchObject({ code: 'DATASET_HUB_CORRUPT' });
    expect(readdirSync(join(cacheDir, 'datasets--org--rows', 'blobs'))).toEqual([]);
    hub.fault = () => undefined;
    same(await read());
  });

  it('parts that cannot be decoded are forgotten', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'flip', at: 3 } : undefined);
    const damaged = read({ wholeFileBytes: 0 }, { firstRows: 10, columns: ['text'] });
    await expect(damaged).rejects.toMatchObject({ code: 'DATASET_PARQUET_INVALID' });
    hub.fault = () => undefined;
    same(await read({ wholeFileBytes: 0 }, { firstRows: 10 }), ROWS.slice(0, 10));
  });

  it('a range of other bytes than asked for is refused', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'other-range' } : undefined);
    await expect(read({ wholeFileBytes: 0 }, { firstRows: 10, columns: ['text'] })).rejects.toMatchObject({
      code: 'DATASET_HUB_UNREACHABLE',
      why: expect.stringMatching(/it sent bytes .* where bytes .* were asked for/),
    });
  });

  it.each([2 ** 24, 0])(
    'a log-in page in place of a file never becomes a part of it, files up to %i bytes whole',
    async (wholeFileBytes) => {
      let pages = 0;
      hub.fault = ({ url }) => {
        if (!url.includes('/resolve/')) return undefined;
        pages += 1;
        return pages % 2 === 1 ? { kind: 'html' } : undefined;
      };
      const before = hub.sent();
      const rows = await read({ wholeFileBytes }, { firstRows: 4299, columns: ['text', 'label'] });
      same(rows, ROWS.slice(0, 4299).map(({ text, label }) => ({ text, label })) as readonly Row[]);
      expect(pages).toBeGreaterThan(1);
      if (wholeFileBytes > 0) expect(hub.sent() - before).toBe(file.length);
    },
  );

  it('a log-in page instead of JSON is told apart', async () => {
    hub.fault = ({ host }) => (host === 'hub' ? { kind: 'html' } : undefined);
    await expect(read()).rejects.toMatchObject({ code: 'DATASET_HUB_ANSWER_INVALID' });
  });
});

describe('waiting', () => {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  beforeEach(() => waits.splice(0));

  it('is as long as the server asks, else twice as long each time', async () => {
    const faults: readonly Fault[] = [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'status', status: 429, headers: { ratelimit: '"resolvers";r=0;t=11' } },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 502 },
    ];
    hub.fault = onStorage(...faults);
    same(await read({ sleep }, { firstRows: 5 }), ROWS.slice(0, 5));
    expect(waits).toEqual([7000, 11_000, 1500, 3000, 6000]);
  });

  it('for longer than a window of the rate limit is refused, and says so', async () => {
    hub.fault = ({ host }) =>
      host === 'hub' ? { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } : undefined;
    await expect(read({ sleep })).rejects.toMatchObject({
      code: 'DATASET_HUB_RATE_LIMITED',
      why: expect.stringContaining('3600 s'),
      fix: expect.stringContaining('rate-limits'),
    });
    expect(waits).toEqual([]);
  });

  it('ends after six attempts that bring nothing', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'status', status: 503 } : undefined);
    await expect(read({ sleep })).rejects.toMatchObject({ code: 'DATASET_HUB_UNREACHABLE' });
    expect(waits).toEqual([375, 750, 1500, 3000, 6000]);
  });
});

describe('any faults', () => {
  const KINDS: readonly ((draw: (below: number) => number) => Fault)[] = [
    () => ({ kind: 'status', status: 500 }),
    () => ({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }),
    () => ({ kind: 'refuse' }),
    (draw) => ({ kind: 'cut', after: draw(60_000) }),
    (draw) => ({ kind: 'short', by: draw(5000) }),
    (draw) => ({ kind: 'long', by: 1 + draw(5000) }),
    (draw) => ({ kind: 'stall', after: draw(60_000) }),
    () => ({ kind: 'no-range' }),
  ];
  // Wrong bytes in a part cannot be told from right ones unless they break the format; of whole files the hash tells.
  const FLIP = (draw: (below: number) => number): Fault => ({ kind: 'flip', at: draw(60_000) });

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'give all rows once or a typed error, seed %i',
    async (seed) => {
      const random = new PythonRandom(seed);
      const draw = (below: number): number => Math.floor(random.random() * below);
      const whole = seed % 2 === 0;
      const kinds = whole ? [...KINDS, FLIP] : KINDS;
      hub.fault = () => (random.random() < 0.4 ? kinds[draw(kinds.length)]!(draw) : undefined);
      const options = { wholeFileBytes: whole ? 2 ** 24 : 0, attempts: 4, stallMs: 40 };
      const query = { columns: ['text', 'label'], firstRows: 4400 };
      const expected = ROWS.slice(0, 4400).map(({ text, label }) => ({ text, label })) as readonly Row[];
      let finished = false;
      for (let attempt = 0; attempt < 30 && !finished; attempt++) {
        try {
          same(await read(options, query), expected);
          finished = true;
        } catch (error) {
          if (!isFlanlabError(error)) throw error;
          expect(error.code).toMatch(/^DATASET_HUB_(UNREACHABLE|RATE_LIMITED|CORRUPT|ANSWER_INVALID)$/);
        }
      }
      hub.fault = () => undefined;
      same(await read({ ...options, stallMs: 20_000 }, query), expected);
    },
  );
});

describe('several at once', () => {
  it('fetch a file together without damage, and one of them downloads', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'slow', chunk: 8000, waitMs: 2 } : undefined);
    const before = hub.seen.length;
    const all = await Promise.all([1, 2, 3, 4].map(() => read({}, { firstRows: 4000 })));
    for (const rows of all) same(rows, ROWS.slice(0, 4000));
    expect(hub.seen.slice(before).filter(({ host }) => host === 'storage')).toHaveLength(1);
    const locks = join(cacheDir, '.locks', 'datasets--org--rows');
    expect(existsSync(locks) ? readdirSync(locks) : []).toEqual([]);
    const [blob] = readdirSync(join(cacheDir, 'datasets--org--rows', 'blobs'));
    expect(readFileSync(join(cacheDir, 'datasets--org--rows', 'blobs', blob!)).equals(file)).toBe(true);
  });
});

describe('the token', () => {
  it('goes to the hub, and never to the storage host', async () => {
    const before = hub.seen.length;
    same(await read({ token: 'hf_good' }, { firstRows: 5 }), ROWS.slice(0, 5));
    const seen = hub.seen.slice(before);
    expect(
      seen.filter(({ host }) => host === 'hub').every(({ headers }) => headers.authorization === 'Bearer hf_good'),
    ).toBe(true);
    const stored = seen.filter(({ host }) => host === 'storage');
    expect(stored.length).toBeGreaterThan(0);
    for (const { headers, url } of stored) expect(JSON.stringify([headers, url])).not.toContain('hf_good');
  });

  it('is in no error and no event', async () => {
    const heard: unknown[] = [];
    hub.fault = ({ host }) => (host === 'storage' ? { kind: 'status', status: 503 } : undefined);
    const error = await read({ token: 'hf_good' }, { onEvent: (event) => heard.push(event) }).catch((e: unknown) => e);
    const flat = (e: unknown): string =>
      e instanceof Error ? `${e.message} ${e.stack} ${JSON.stringify(e)} ${flat(e.cause)}` : (JSON.stringify(e) ?? '');
    expect(flat(error)).toContain('DATASET_HUB_UNREACHABLE');
    expect(flat(error) + JSON.stringify(heard)).not.toContain('hf_good');
  });
});
