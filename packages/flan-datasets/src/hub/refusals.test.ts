import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { SourceEvent } from '../sources/source-events.js';
import { type HubSplitQuery, readHubSplit } from './read-split.js';
import { type HubOptions, hubSettings } from './settings.js';
import { startTestHub, type TestHub, type TestRepo, testBytes } from './test-hub.js';
import { EXPORT_COMMIT, exportedCommit, MAIN_COMMIT, numberedRows, parquetBytes, testSettings } from './test-rows.js';

let hub: TestHub;
let root: string;
let cacheDir: string;
let run = 0;

const EXPORT = 'refs/convert/parquet';
const whole = { parquet_files: [], pending: [], failed: [], partial: false };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flanlab-refusals-'));
  const exported = await exportedCommit([10]);
  const open: TestRepo = { revisions: { [EXPORT]: exported }, exported: { body: whole, revision: MAIN_COMMIT } };
  const bytes = await parquetBytes(numberedRows(0, 10));
  hub = await startTestHub({
    'org/open': open,
    'org/private': { ...open, access: 'private' },
    'org/gated': { ...open, access: 'gated' },
    'org/gated-quietly': { ...open, access: 'gated-without-code' },
    'org/script': { revisions: { main: { commit: MAIN_COMMIT, files: { 'script.py': Buffer.from('x') } } } },
    'org/partial': {
      revisions: { [EXPORT]: { commit: EXPORT_COMMIT, files: { 'default/partial-train/0000.parquet': bytes } } },
      exported: { body: { ...whole, partial: true } },
    },
    'org/partly': {
      revisions: {
        [EXPORT]: {
          commit: EXPORT_COMMIT,
          files: { 'default/partial-train/0000.parquet': bytes, 'default/test/0000.parquet': bytes },
        },
      },
      exported: { body: { ...whole, partial: true } },
    },
    'org/flagged': { ...open, exported: { body: { ...whole, partial: true } } },
    'org/pending': { ...open, exported: { body: { ...whole, pending: [{ config: 'default', split: 'train' }] } } },
    'org/failed': { ...open, exported: { body: { ...whole, failed: [{ config: 'default' }] } } },
    'org/other-failed': { ...open, exported: { body: { ...whole, failed: [{ config: 'other', split: 'train' }] } } },
    'org/old-script': { ...open, exported: { status: 501, body: { error: 'DatasetWithScriptNotSupportedError' } } },
    'org/several': {
      revisions: {
        [EXPORT]: {
          commit: EXPORT_COMMIT,
          files: { 'a/train/0000.parquet': bytes, 'b/train/0000.parquet': bytes, 'a/test/0000.parquet': bytes },
        },
      },
      exported: { body: whole },
    },
    'org/parts': {
      revisions: {
        [EXPORT]: {
          commit: EXPORT_COMMIT,
          files: Object.fromEntries(
            await Promise.all(
              ['train-part10/0000', 'train-part2/0000', 'train-part2/0001'].map(
                async (name, i) => [`d/${name}.parquet`, await parquetBytes(numberedRows(i * 10, 10))] as const,
              ),
            ),
          ),
        },
      },
      exported: { body: whole },
    },
  });
  hub.tokens.add('hf_good');
}, 60_000);
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  run += 1;
  cacheDir = join(root, `cache-${run}`);
  hub.fault = () => undefined;
});

async function read(query: Partial<HubSplitQuery>, options: HubOptions = {}) {
  const events: SourceEvent[] = [];
  const settings = await testSettings(hub, cacheDir, options);
  const all = {
    repo: 'org/open',
    revision: EXPORT,
    split: 'train',
    onEvent: (event: SourceEvent) => events.push(event),
  };
  const rows = await collect(readHubSplit(settings, { ...all, ...query }));
  return { rows: rows.map(({ row }) => row), events };
}
const warnings = (events: readonly SourceEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));

describe('what the hub refuses is told apart', () => {
  const good = 'hf_good';
  const CASES: readonly (readonly [repo: string, token: string | null, code: string, fix: RegExp])[] = [
    ['org/gone', good, 'DATASET_HUB_MISSING', /Open http.*datasets\/org\/gone/],
    ['org/gone', null, 'DATASET_HUB_PRIVATE', /Open http.*datasets\/org\/gone.*hf auth login/],
    ['org/private', null, 'DATASET_HUB_PRIVATE', /hf auth login/],
    ['org/private', good, 'DATASET_HUB_PRIVATE', /settings\/tokens/],
    ['org/gated', null, 'DATASET_HUB_GATED', /accept the terms, and log in/],
    ['org/gated', good, 'DATASET_HUB_GATED', /Open http.*org\/gated, accept the terms; then/],
    ['org/gated-quietly', good, 'DATASET_HUB_GATED', /accept the terms/],
    ['org/open', 'hf_expired', 'DATASET_HUB_TOKEN_INVALID', /settings\/tokens/],
    ['org/script', null, 'DATASET_HUB_REVISION_MISSING', /docs\/datasets\.md/],
    ['../../etc', null, 'DATASET_HUB_MISSING', /Copy the name/],
  ];
  it.each(CASES)('%s with the token %s: %s', async (repo, token, code, fix) => {
    const error = await read({ repo }, { token }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code, fix: expect.stringMatching(fix) });
    expect(JSON.stringify(error)).not.toMatch(/hf_(good|expired)/);
  });

  it('a rate limit', async () => {
    hub.fault = () => ({ kind: 'status', status: 429 });
    await expect(read({})).rejects.toMatchObject({ code: 'DATASET_HUB_RATE_LIMITED', kind: 'environment' });
  });

  it('a file that the list has and the hub has not', async () => {
    hub.fault = ({ url }) =>
      url.includes('/resolve/')
        ? { kind: 'status', status: 404, headers: { 'x-error-code': 'EntryNotFound' } }
        : undefined;
    await expect(read({})).rejects.toMatchObject({ code: 'DATASET_HUB_FILE_MISSING' });
  });

  it('a hub that is not there', async () => {
    await expect(read({}, { endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'DATASET_HUB_UNREACHABLE',
    });
  });
});

describe('an export that is not the whole', () => {
  it.each(['org/partial', 'org/flagged', 'org/pending', 'org/failed'])('%s is refused', async (repo) => {
    await expect(read({ repo })).rejects.toMatchObject({ code: 'DATASET_HUB_EXPORT_INCOMPLETE' });
    expect((await read({ repo, allowPartial: true })).rows).toHaveLength(10);
  });

  it('gives its first rows when those are asked for, and says so', async () => {
    const { rows, events } = await read({ repo: 'org/partial', firstRows: 5 });
    expect(rows).toEqual(numberedRows(0, 5));
    expect(warnings(events)).toEqual([expect.stringContaining('partial')]);
    expect(events.at(-1)).toMatchObject({
      kind: 'done',
      manifest: { rows: { first: 5 }, exported: { partial: true } },
    });
  });

  it('has splits that are whole beside one that is not', async () => {
    const { rows, events } = await read({ repo: 'org/partly', split: 'test', firstRows: 100 });
    expect(rows).toHaveLength(10);
    expect(warnings(events)).toEqual([]);
    await expect(read({ repo: 'org/partly' })).rejects.toMatchObject({ code: 'DATASET_HUB_EXPORT_INCOMPLETE' });
  });

  it('does not end as if its last row were the last one', async () => {
    const query = { repo: 'org/partial', firstRows: 11 };
    await expect(read(query)).rejects.toMatchObject({
      code: 'DATASET_HUB_EXPORT_INCOMPLETE',
      why: 'It ends after 10 rows; 11 were asked for.',
    });
    expect((await read({ ...query, allowPartial: true })).rows).toHaveLength(10);
  });

  it.each(['org/pending', 'org/failed'])('%s gives no first rows: they may be of another version', async (repo) => {
    await expect(read({ repo, firstRows: 5 })).rejects.toMatchObject({ code: 'DATASET_HUB_EXPORT_INCOMPLETE' });
  });

  it('another configuration that failed is no hindrance', async () => {
    const { rows, events } = await read({ repo: 'org/other-failed' });
    expect(rows).toHaveLength(10);
    expect(warnings(events)).toEqual([]);
  });

  it('of which nothing is known is taken, with a warning', async () => {
    const { rows, events } = await read({ repo: 'org/old-script' });
    expect(rows).toHaveLength(10);
    expect(warnings(events)).toEqual([expect.stringContaining('could not check')]);
    expect(events.at(-1)).toMatchObject({ manifest: { exported: { checked: false } } });
  });
});

describe('finding the files of a split', () => {
  it('names the configurations when there are several', async () => {
    await expect(read({ repo: 'org/several' })).rejects.toMatchObject({
      code: 'DATASET_HUB_SPLIT_MISSING',
      why: 'They are: a, b.',
    });
    expect((await read({ repo: 'org/several', config: 'b' })).rows).toHaveLength(10);
    expect((await read({ repo: 'org/several', split: 'test' })).rows).toHaveLength(10);
  });

  it('says what there is when there is none', async () => {
    await expect(read({ split: 'dev' })).rejects.toMatchObject({
      code: 'DATASET_HUB_SPLIT_MISSING',
      why: expect.stringContaining('default/train'),
    });
  });

  it('keeps the order of parts', async () => {
    const { rows } = await read({ repo: 'org/parts', config: 'd' });
    const numbers = rows.map(({ text }) => Math.floor(Number(String(text).slice(4)) / 10));
    expect([...new Set(numbers)]).toEqual([1, 2, 0]);
  });
});

describe('hostile answers', () => {
  const withFiles = (files: Record<string, Uint8Array>): void => {
    hub.repos['org/hostile'] = {
      revisions: { [EXPORT]: { commit: 'd'.repeat(40), files } },
      exported: { body: whole },
    };
  };

  it.each([
    '../../../evil.parquet',
    '/etc/evil',
    'default/train/..\\..\\evil',
    'a/\u0000b',
    'C:/evil',
    'default//train',
  ])('a file called %j is not written', async (path) => {
    withFiles({ [path]: await parquetBytes(numberedRows(0, 1)) });
    await expect(read({ repo: 'org/hostile' })).rejects.toMatchObject({ code: 'DATASET_HUB_PATH_UNSAFE' });
    expect(existsSync(join(cacheDir, '..', 'evil.parquet'))).toBe(false);
  });

  it.each([
    ['larger than any disk', 2 ** 52, 'FILES_NO_SPACE'],
    ['not a number that can be counted with', 2 ** 60, 'DATASET_HUB_ANSWER_INVALID'],
    ['negative', -1, 'DATASET_HUB_ANSWER_INVALID'],
  ])('a size that is %s', async (_what, size, code) => {
    const file = { ...testBytes(Buffer.from('PAR1')), size };
    hub.repos['org/hostile'] = {
      revisions: { [EXPORT]: { commit: 'd'.repeat(40), files: { 'default/train/0000.parquet': file } } },
      exported: { body: whole },
    };
    await expect(read({ repo: 'org/hostile' }, { wholeFileBytes: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({
      code,
    });
  });

  it('a file that is no Parquet', async () => {
    withFiles({ 'default/train/0000.parquet': Buffer.from('<html>not here</html>') });
    await expect(read({ repo: 'org/hostile' })).rejects.toMatchObject({ code: 'DATASET_PARQUET_INVALID' });
  });

  it('a list of files that never ends', async () => {
    const answer = async (): Promise<Response> =>
      Response.json([], { headers: { link: `<${hub.endpoint}/api/datasets/org/open/tree/x>; rel="next"` } });
    const endless: typeof fetch = (url, init) => (String(url).includes('/tree/') ? answer() : fetch(url, init));
    await expect(read({}, { fetch: endless })).rejects.toMatchObject({
      code: 'DATASET_HUB_ANSWER_INVALID',
      why: expect.stringContaining('more than 1000 pages'),
    });
  });

  it('redirects without end, and to what is no web address', async () => {
    hub.fault = ({ url }) => ({ kind: 'status', status: 302, headers: { location: url } });
    await expect(read({})).rejects.toMatchObject({ code: 'DATASET_HUB_ANSWER_INVALID' });
    hub.fault = () => ({ kind: 'status', status: 302, headers: { location: 'file:///etc/passwd' } });
    await expect(read({})).rejects.toMatchObject({ code: 'DATASET_HUB_ANSWER_INVALID' });
  });
});

describe('settings', () => {
  const env = (more: Record<string, string> = {}): Record<string, string> => ({ HF_HOME: join(root, 'home'), ...more });

  it('come from the environment that Python tools read', async () => {
    mkdirSync(join(root, 'home'), { recursive: true });
    writeFileSync(join(root, 'home', 'token'), 'hf_file\n');
    expect(await hubSettings({ env: env() })).toMatchObject({
      endpoint: 'https://huggingface.co',
      datasetsServer: 'https://datasets-server.huggingface.co',
      cacheDir: join(root, 'home', 'hub'),
      token: 'hf_file',
      offline: false,
    });
    const all = {
      HF_TOKEN: ' hf_env\n',
      HF_HUB_CACHE: '/c',
      HF_ENDPOINT: 'https://mirror.example/',
      HF_HUB_OFFLINE: 'ON',
    };
    expect(await hubSettings({ env: env(all) })).toMatchObject({
      endpoint: 'https://mirror.example',
      datasetsServer: 'https://datasets-server.mirror.example',
      cacheDir: '/c',
      token: 'hf_env',
      offline: true,
    });
    expect(await hubSettings({ env: env({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }) })).toMatchObject({ token: null });
    expect(await hubSettings({ env: { XDG_CACHE_HOME: '/x' }, token: null })).toMatchObject({
      cacheDir: '/x/huggingface/hub',
    });
  });

  it.each([
    [{ HF_HUB_CACHE: '~/hub' }, '/home/me/hub'],
    [{ HF_HUB_CACHE: '$SCRATCH/hub' }, '/scratch/me/hub'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a name in the environment
    [{ HF_HOME: '${SCRATCH}/hf' }, '/scratch/me/hf/hub'],
    [{ HF_HOME: '~' }, '/home/me/hub'],
    [{ HF_HOME: '/a~/$NONE' }, '/a~/$NONE/hub'],
    [{ XDG_CACHE_HOME: '~/.c' }, '/home/me/.c/huggingface/hub'],
  ])('%j is the cache that Python tools find there', async (names, cacheDir) => {
    const all = { HOME: '/home/me', SCRATCH: '/scratch/me', ...names };
    expect(await hubSettings({ env: all, token: null })).toMatchObject({ cacheDir });
  });

  it.each(['huggingface.co', 'ftp://x', 'https://user:secret@hub'])('%s is no endpoint', async (endpoint) => {
    const error = await hubSettings({ endpoint, env: {} }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'DATASET_HUB_ENDPOINT_INVALID' });
    expect(String(error)).not.toContain('secret');
  });

  it('a cache that cannot be written is said to be so', async () => {
    const file = join(root, 'in-the-way');
    writeFileSync(file, '');
    await expect(read({}, { cacheDir: join(file, 'hub') })).rejects.toMatchObject({ code: 'FILES_NOT_A_FOLDER' });
    expect(readdirSync(root)).toContain('in-the-way');
  });
});
