import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { SourceEvent } from '../sources/source-events.js';
import { readHubSplit } from './read-split.js';
import { startTestHub, type TestBytes, type TestHub } from './test-hub.js';
import { MAIN_COMMIT, testSettings } from './test-rows.js';

interface Huge {
  readonly size: number;
  readonly rows: number;
  readonly segments: readonly { readonly offset: number; readonly base64: string }[];
}

/** A file of 10 GB that is zeros where nobody should look. */
function hugeFile(): TestBytes & { readonly rows: number } {
  const path = new URL('../../fixtures/hub/huge.json.gz', import.meta.url);
  const { size, rows, segments } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Huge;
  const parts = segments.map(({ offset, base64 }) => ({ offset, bytes: Buffer.from(base64, 'base64') }));
  return {
    size,
    rows,
    sha256: 'c'.repeat(64),
    slice(start, end) {
      const bytes = new Uint8Array(end - start);
      for (const { offset, bytes: part } of parts) {
        const from = Math.max(start, offset);
        const to = Math.min(end, offset + part.length);
        if (from < to) bytes.set(part.subarray(from - offset, to - offset), from - start);
      }
      return bytes;
    },
  };
}

let hub: TestHub;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flanlab-huge-'));
  const files = { 'data/train-00000-of-00001.parquet': hugeFile() };
  hub = await startTestHub({ 'org/huge': { revisions: { main: { commit: MAIN_COMMIT, files } } } });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

it('of a data set of 10 GB, the first 3,000 rows cost less than a megabyte', async () => {
  const events: SourceEvent[] = [];
  const query = {
    repo: 'org/huge',
    revision: 'main',
    split: 'train',
    columns: ['text', 'label'],
    firstRows: 3000,
    onEvent: (event: SourceEvent) => events.push(event),
  };
  const settings = await testSettings(hub, join(root, 'cache'));
  const rows = await collect(readHubSplit(settings, query));
  expect(rows.map(({ row }) => row)).toEqual(
    Array.from({ length: 3000 }, (_, i) => ({ text: `row ${i}`, label: i % 2 })),
  );
  expect(hub.sent()).toBeLessThan(1e6);
  expect(events.at(-1)).toMatchObject({
    kind: 'done',
    manifest: {
      files: [{ access: 'ranges', size: 10_002_518_308, rows: 100_000, rowsRead: 3000 }],
      rows: { first: 3000, expected: 3000, found: 3000, inSplit: 100_000 },
    },
  });
});
