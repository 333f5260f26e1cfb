import { DatasetError } from '../errors.js';
import { readHubSplit } from '../hub/read-split.js';
import { type HubOptions, hubSettings } from '../hub/settings.js';
import type { RowRequest, RowSource } from '../load-task.js';
import type { Row } from '../row.js';
import { findManualFile, readManualRows } from './manual-rows.js';
import { FIRST_ROW, type RowPosition, type SourceEvent } from './source-events.js';
import { sourceToday } from './task-source.js';

export interface HubRowsOptions {
  readonly hub?: HubOptions | undefined;
  /** Another revision of the data set than the table's. */
  readonly revision?: string | undefined;
  /** Only so many published rows from the head of the split; this is part of what the manifest records. */
  readonly firstRows?: number | undefined;
  /** About how many rows will be taken: what is fetched first. */
  readonly batch?: number | undefined;
  /** All columns instead of those that the task reads. */
  readonly allColumns?: boolean | undefined;
  readonly allowPartial?: boolean | undefined;
  /** Folder of downloads made by hand; `data/manual_downloads` when left out. */
  readonly manualFolder?: string | undefined;
  /** Where to go on: a position that `onPosition` told. */
  readonly start?: RowPosition | undefined;
  /** Told after each row where the next one lies. */
  readonly onPosition?: ((next: RowPosition) => void) | undefined;
  readonly onEvent?: ((event: SourceEvent) => void) | undefined;
}

/**
 * The published rows of any task of the table, as a source for `loadTask`: from the hub over the network, by way of the hub's
 * cache, or for tasks that have to be downloaded by hand from the folder of downloads.
 *
 * @throws {DatasetError} while reading: `DATASET_HUB_…`, `DATASET_MANUAL_…`
 */
export function hubRows(options: HubRowsOptions = {}): RowSource {
  return (request) => readToday(request, options);
}

async function* readToday(request: RowRequest, options: HubRowsOptions): AsyncGenerator<Row> {
  const today = sourceToday(request.task);
  const firstRows = least(options.firstRows, request.limit);
  const { signal, split, task } = request;
  if (today.kind === 'folder') throw shipped(task.name, today.folder);
  if (today.kind === 'manual') {
    const path = await findManualFile(task.name, today, { split, folder: options.manualFolder });
    yield* positioned(readManualRows(path, today, signal), { ...options, firstRows });
    return;
  }
  const settings = await hubSettings(options.hub);
  const rows = readHubSplit(settings, {
    repo: today.repo,
    revision: options.revision ?? today.revision,
    config: today.config,
    files: options.revision === undefined ? today.files : undefined,
    split,
    columns: options.allColumns ? undefined : task.columns,
    firstRows,
    batch: options.batch,
    allowPartial: options.allowPartial,
    start: options.start,
    signal,
    onEvent: options.onEvent,
  });
  for await (const { row, next } of rows) {
    options.onPosition?.(next);
    yield options.allColumns ? row : ordered(row, task.columns);
  }
}

/** The order of columns becomes the order of what prompts show: a copy of a data set must not change it. */
function ordered(row: Row, columns: readonly string[]): Row {
  const names = columns.filter((name) => name in row);
  return Object.fromEntries(names.map((name) => [name, row[name]!]));
}

async function* positioned(
  rows: AsyncIterable<Row>,
  { start = FIRST_ROW, firstRows = Number.POSITIVE_INFINITY, onPosition }: HubRowsOptions,
): AsyncGenerator<Row> {
  let index = 0;
  for await (const row of rows) {
    if (index >= firstRows) return;
    index += 1;
    if (index <= start.index) continue;
    onPosition?.({ file: 0, rowGroup: 0, row: index, index });
    yield row;
  }
}

function least(...limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function shipped(task: string, folder: string): DatasetError {
  return new DatasetError(
    'DATASET_MANUAL_MISSING',
    {
      what: `The rows of ${task} are on no hub.`,
      why: 'The repository of the study ships them as a dataset folder.',
      fix: `Clone https://github.com/UKPLab/arxiv2025-inherent-limits-plms and give the folder: \`--from .../data/translated_socialiqa/${folder.replace(/^data\//, '')}\`.`,
    },
    { kind: 'environment' },
  );
}
