import { join } from 'node:path';
import { findTask } from '../find-task.js';
import { writeRows } from '../io/rows.js';
import { checkSplitName, storedSplit } from '../splits.js';
import type { TaskSpec } from '../task-spec.js';
import { channel } from './channel.js';
import { type HubRowsOptions, hubRows } from './hub-rows.js';
import type { SourceEvent } from './source-events.js';

export interface FetchTaskOptions extends Omit<HubRowsOptions, 'onEvent' | 'onPosition' | 'start' | 'batch'> {
  readonly split: string;
  /** Writes the rows to `<outFolder>/<task>/<split>.jsonl` too, which other commands and studies take as a source. */
  readonly outFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What fetching tells: the source's events, and at the end how many rows can be read now. */
export type FetchEvent =
  | SourceEvent
  | { readonly kind: 'fetched'; readonly task: string; readonly split: string; readonly rows: number };

/**
 * Brings the rows of one split of a task into the hub's cache, reading each of them once: afterwards the same rows load without
 * a network. Run again after a failure, it goes on with what is missing.
 *
 * @throws {DatasetError} `DATASET_HUB_…`, `DATASET_MANUAL_…`, `DATASET_PARQUET_INVALID`
 */
export async function* fetchTask(task: string | TaskSpec, options: FetchTaskOptions): AsyncGenerator<FetchEvent> {
  const spec = typeof task === 'string' ? findTask(task) : task;
  checkSplitName(options.split);
  const split = storedSplit(spec, options.split);
  const { outFolder } = options;
  yield* channel<FetchEvent>(async (emit, signal) => {
    const source = hubRows({ ...options, onEvent: emit });
    const published = source({ task: spec, split, limit: undefined, signal });
    let rows = 0;
    if (outFolder === undefined) for await (const _row of published) rows += 1;
    else rows = await writeRows(join(outFolder, spec.name, `${split}.jsonl`), published);
    emit({ kind: 'fetched', task: spec.name, split, rows });
  }, options.signal);
}
