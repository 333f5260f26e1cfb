import { findTask } from '../find-task.js';
import { checkSplitName, storedSplit } from '../splits.js';
import type { TaskSpec } from '../task-spec.js';
import { channel } from './channel.js';
import { type HubRowsOptions, hubRows } from './hub-rows.js';
import type { SourceEvent } from './source-events.js';

export interface FetchTaskOptions extends Omit<HubRowsOptions, 'onEvent' | 'onPosition' | 'start' | 'batch'> {
  readonly split: string;
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
  yield* channel<FetchEvent>(async (emit, signal) => {
    const source = hubRows({ ...options, onEvent: emit });
    let rows = 0;
    for await (const _row of source({ task: spec, split, limit: undefined, signal })) rows += 1;
    emit({ kind: 'fetched', task: spec.name, split, rows });
  }, options.signal);
}
