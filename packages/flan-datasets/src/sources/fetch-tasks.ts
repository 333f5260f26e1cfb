import { type FlanlabError, isFlanlabError } from '@flanlab/errors';
import type { TaskSpec } from '../task-spec.js';
import { type FetchTaskOptions, fetchTask } from './fetch-task.js';
import type { FetchManifest, SourceEvent } from './source-events.js';
import { sourceToday } from './task-source.js';

/** Rows of a split that are fetched when nothing else is said: the reference reads no more. */
const ROW_CUTOFF = 100_000;

export interface FetchTasksOptions extends Omit<FetchTaskOptions, 'split' | 'firstRows'> {
  /** Published rows of each split; 100,000 when left out, as the reference reads, but all of tasks that it reads whole; null: all. */
  readonly limit?: number | null | undefined;
}

/** What became of one split. */
export interface FetchResult {
  readonly task: string;
  readonly split: string;
  /** `cached`: nothing came over the network. `by-hand`: it has to be downloaded in a browser first. */
  readonly status: 'fetched' | 'cached' | 'found' | 'by-hand' | 'failed';
  /** The data set or page that the rows come from. */
  readonly from: string;
  readonly rows: number;
  readonly bytes: number;
  readonly manifest: FetchManifest | null;
  readonly error: { readonly code: string; readonly what: string; readonly why: string; readonly fix: string } | null;
}

export type FetchTasksEvent =
  | {
      readonly kind: 'split';
      readonly task: string;
      readonly split: string;
      readonly number: number;
      readonly of: number;
    }
  | SourceEvent
  | { readonly kind: 'result'; readonly result: FetchResult };

/**
 * Fetches splits of tasks one after the other. One that fails does not keep the others from being tried: its `result` event has the
 * error. Only an abort, or options that no
 * split could be fetched with, end the stream early.
 */
export async function* fetchTasks(
  wanted: readonly { readonly task: TaskSpec; readonly split: string }[],
  options: FetchTasksOptions = {},
): AsyncGenerator<FetchTasksEvent> {
  let { hub } = options;
  for (const [index, { task, split }] of wanted.entries()) {
    yield { kind: 'split', task: task.name, split, number: index + 1, of: wanted.length };
    let manifest: FetchManifest | null = null;
    let rows = 0;
    let error: FlanlabError | undefined;
    try {
      for await (const event of fetchTask(task, { ...options, hub, split, firstRows: cutOf(task, options.limit) })) {
        if (event.kind === 'done') manifest = event.manifest;
        if (event.kind === 'fetched') rows = event.rows;
        else yield event;
      }
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (!isFlanlabError(cause) || cause.kind === 'usage') throw cause;
      error = cause;
      // Without a network, patience would be needed for each of them.
      if (error.code === 'DATASET_HUB_UNREACHABLE') hub = { ...hub, attempts: 1 };
    }
    yield { kind: 'result', result: resultOf(task, split, manifest, rows, error) };
  }
}

function cutOf({ source }: TaskSpec, limit: number | null | undefined): number | undefined {
  if (limit !== undefined) return limit ?? undefined;
  return source.kind === 'local-arrow' || source.wholeSplit ? undefined : ROW_CUTOFF;
}

function resultOf(
  task: TaskSpec,
  split: string,
  manifest: FetchManifest | null,
  rows: number,
  error: FlanlabError | undefined,
): FetchResult {
  const bytes = manifest?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
  const from = sourceText(task);
  const shared = { task: task.name, split, from, rows, bytes, manifest };
  if (error === undefined) {
    const status = manifest === null ? 'found' : bytes === 0 ? 'cached' : 'fetched';
    return { ...shared, status, error: null };
  }
  const { code, what, why, fix } = error;
  return {
    ...shared,
    status: code === 'DATASET_MANUAL_MISSING' ? 'by-hand' : 'failed',
    error: { code, what, why, fix },
  };
}

function sourceText(task: TaskSpec): string {
  const today = sourceToday(task);
  if (today.kind === 'hub') return `${today.repo}@${today.revision.replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1')}`;
  return today.kind === 'manual' ? today.page : 'the repository of the study';
}
