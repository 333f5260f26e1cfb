import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inferFeatures } from '../io/features.js';
import { writeParquetRows } from '../io/parquet/write.js';
import type { Row } from '../row.js';
import { type HubOptions, type HubSettings, hubSettings } from './settings.js';
import type { TestCommit, TestHub } from './test-hub.js';

/** Rows that are told apart by number; `noise` does not compress. */
export function numberedRows(start: number, count: number, noise = 20): readonly Row[] {
  return Array.from({ length: count }, (_, i) => ({
    text: `row ${start + i}`,
    label: (start + i) % 2,
    extra: Array.from({ length: noise / 10 }, (_unused, k) => ((start + i) * 7919 + k * 104_729).toString(36)).join(''),
  }));
}

/** The bytes of a Parquet file with these rows, in groups of 4,096. */
export async function parquetBytes(rows: readonly Row[]): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'flanlab-parquet-'));
  try {
    const path = join(folder, 'rows.parquet');
    await writeParquetRows(path, rows, inferFeatures(rows));
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const EXPORT_COMMIT = 'e'.repeat(40);
export const MAIN_COMMIT = 'a'.repeat(40);

/** An export of one configuration whose train split has files of so many rows. */
export async function exportedCommit(rowsInFile: readonly number[], noise = 20): Promise<TestCommit> {
  const files: Record<string, Uint8Array> = { '.gitattributes': Buffer.from('* text\n') };
  let start = 0;
  for (const [number, count] of rowsInFile.entries()) {
    files[`default/train/000${number}.parquet`] = await parquetBytes(numberedRows(start, count, noise));
    start += count;
  }
  files['default/test/0000.parquet'] = await parquetBytes(numberedRows(0, 3, noise));
  return { commit: EXPORT_COMMIT, files };
}

/** Settings that reach the test hub, keep to one folder, and never really wait. */
export function testSettings(hub: TestHub, cacheDir: string, options: HubOptions = {}): Promise<HubSettings> {
  return hubSettings({
    endpoint: hub.endpoint,
    datasetsServer: hub.endpoint,
    cacheDir,
    token: null,
    offline: false,
    env: {},
    random: () => 0.5,
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    // Long, so that a busy machine is no stall; where one is made, the test says how long to wait.
    stallMs: 20_000,
    ...options,
  });
}
