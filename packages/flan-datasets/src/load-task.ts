import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, withFileErrors } from '@flanlab/files';
import { MANUAL_SOURCES } from './data/manual-sources.js';
import type { TaskName, TaskRow } from './data/tasks.js';
import { embeddedDataDir } from './embedded.js';
import { DatasetError } from './errors.js';
import { findTask } from './find-task.js';
import { datasetFolderKind } from './io/dataset-folder.js';
import type { RowLimits } from './io/row-limits.js';
import { ROW_FILE_EXTENSIONS, readRowBatches } from './io/rows.js';
import { RowNormaliser } from './normalise.js';
import type { Row } from './row.js';
import { hubRows } from './sources/hub-rows.js';
import { findManualFile } from './sources/manual-rows.js';
import { sourceToday } from './sources/task-source.js';
import { checkSplitName, storedSplit } from './splits.js';
import type { Mode, TaskSpec } from './task-spec.js';

/** Rows past this one are left out in compat mode, except for tasks read whole (behaviour 2.1). */
const ROW_CUTOFF = 100_000;

export interface LoadTaskOptions extends Partial<Mode>, RowLimits {
  /** The split wanted, such as `train`; tasks that publish fewer splits answer with another one. */
  readonly split: string;
  /**
   * A file, a dataset folder, a folder of `<task>/<split>` in any format, or for tasks downloaded by hand the folder of the
   * downloads; `hub` for {@link hubRows} with its defaults (give `./hub` for a folder of that name); or a function that streams
   * published rows from elsewhere. The embedded rows when left out.
   */
  readonly source?: string | RowSource | undefined;
  /** At most this many normalised rows. */
  readonly limit?: number | undefined;
  /** Published rows unchanged instead of normalised ones. */
  readonly raw?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told every thousand published rows, and at the end. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** The options that give rows of a known type: normalised, in the default mode. */
export interface NormalisedOptions extends LoadTaskOptions {
  readonly compat?: false;
  readonly raw?: false;
}

/** Streams the published rows of one split of a task. */
export type RowSource = (request: RowRequest) => AsyncIterable<Row>;

export interface RowRequest {
  readonly task: TaskSpec;
  /** The split as it is stored. */
  readonly split: string;
  /** No more published rows than this will be taken. */
  readonly limit: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface LoadProgress {
  /** Published rows read so far. */
  readonly read: number;
  /** Normalised rows given so far: the others were left out. */
  readonly kept: number;
}

/** Between two calls of `onProgress`. */
const PROGRESS_ROWS = 1000;

/**
 * Streams one split of a task, normalised, in stored order. Rows of a task of the table are typed ({@link TaskRow}), except in compat
 * mode, where the reference's quirks make other types of some cells.
 *
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, `DATASET_SPLIT_MISSING`, `DATASET_COLUMN_MISSING` with the row's number, or
 * what reading the file gives
 */
export function loadTask<Name extends TaskName>(task: Name, options: NormalisedOptions): AsyncGenerator<TaskRow<Name>>;
export function loadTask<Example extends Row>(
  task: TaskSpec<Example>,
  options: NormalisedOptions,
): AsyncGenerator<Example>;
export function loadTask(task: string | TaskSpec, options: LoadTaskOptions): AsyncGenerator<Row>;
export async function* loadTask(task: string | TaskSpec, options: LoadTaskOptions): AsyncGenerator<Row> {
  for await (const rows of loadTaskBatches(task, options)) yield* rows;
}

/** The rows of {@link loadTask}, many at a time: waiting for each takes longer than reading it. */
export async function* loadTaskBatches(
  task: string | TaskSpec,
  options: LoadTaskOptions,
): AsyncGenerator<readonly Row[]> {
  const { compat = false, random, raw = false, signal, limit = Number.POSITIVE_INFINITY, onProgress } = options;
  const spec = typeof task === 'string' ? findTask(task) : task;
  const mode: Mode = { compat, ...(random && { random }) };
  let read = 0;
  let kept = 0;
  if (limit <= 0) return;
  const { where, batches } = await openSource(spec, options);
  const normaliser = new RowNormaliser(spec, mode);
  for await (const rows of batches) {
    const wanted: Row[] = [];
    try {
      for (const row of rows) {
        read += 1;
        const result = raw ? row : normaliseNumbered(normaliser, row, read, where);
        if (result !== undefined) {
          kept += 1;
          wanted.push(result);
        }
        if (read % PROGRESS_ROWS === 0) onProgress?.({ read, kept });
        if (kept >= limit) break;
      }
    } catch (error) {
      yield wanted;
      throw error;
    }
    yield wanted;
    signal?.throwIfAborted();
    if (kept >= limit) break;
  }
  onProgress?.({ read, kept });
}

/** Where the published rows come from, in words, and the rows. */
async function openSource(
  task: TaskSpec,
  { source: given = embeddedDataDir(), split, compat = false, limit: wanted, signal, longestRow }: LoadTaskOptions,
): Promise<{ readonly where: string; readonly batches: AsyncIterable<readonly Row[]> }> {
  const isCut = compat && task.source.kind !== 'local-arrow' && !task.source.wholeSplit;
  const limit = isCut ? ROW_CUTOFF : undefined;
  const source = given === 'hub' ? hubRows({ batch: wanted }) : given;
  if (typeof source === 'string') {
    const where = await findSplit(task, split, source).catch((error: unknown) => ifElsewhere(error, task, source));
    if (where !== undefined) return { where, batches: readRowBatches(where, { limit, signal, longestRow }) };
  }
  checkSplitName(split);
  const stored = storedSplit(task, split);
  const read =
    typeof source === 'string' ? hubRows(source === embeddedDataDir() ? {} : { manualFolder: source }) : source;
  const rows = read({ task, split: stored, limit, signal });
  return { where: `${task.name} (${stored})`, batches: headOf(rows, limit ?? Number.POSITIVE_INFINITY, signal) };
}

/** Of a task downloaded by hand, a folder may hold what its owner gives out: undefined, so that it is looked for. */
function ifElsewhere(error: unknown, task: TaskSpec, source: string): undefined {
  const isMissing = error instanceof DatasetError && error.code === 'DATASET_SPLIT_MISSING';
  const isInTable = Object.hasOwn(MANUAL_SOURCES, task.name);
  if (isMissing && source === embeddedDataDir() && !isInTable)
    throw new DatasetError('DATASET_SPLIT_MISSING', {
      what: error.what.replace(/ in .*\.$/, ' among the embedded rows.'),
      why: 'They are taken where no source is named, and only some tasks have them.',
      fix: 'Name a source: a folder, a file, or `hub`.',
    });
  // Packed files are read by what reads downloads; all other names were looked for already.
  const isPacked = task.source.kind === 'manual' && task.source.file.endsWith('.gz');
  if (!isMissing || !(isInTable || isPacked)) throw error;
  return undefined;
}

async function* headOf(
  rows: AsyncIterable<Row>,
  limit: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Row[]> {
  let left = limit;
  for await (const row of rows) {
    signal?.throwIfAborted();
    yield [row];
    left -= 1;
    if (left <= 0) return;
  }
}

function normaliseNumbered(normaliser: RowNormaliser, row: Row, number: number, where: string): Row | undefined {
  try {
    return normaliser.normalise(row);
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    const { code, what, why, fix, kind } = cause;
    throw new DatasetError(code, { what: `In row ${number} of ${where}: ${what}`, why, fix }, { cause, kind });
  }
}

/**
 * The file or folder that holds a split of a task below `source`.
 * @throws {DatasetError} `DATASET_SPLIT_MISSING` with the places looked at
 */
export async function findSplit(task: TaskSpec, split: string, source: string): Promise<string> {
  checkSplitName(split);
  const isFolder = (await withFileErrors('read', source, () => stat(source))).isDirectory();
  if (!isFolder || (await datasetFolderKind(source)) === 'dataset') return source;
  const stored = storedSplit(task, split);
  // `wmt16/de-en` may lie in a folder of that path, or with the slash as an underscore.
  const folders = [source, join(source, task.name), join(source, task.name.replaceAll('/', '_'))];
  const candidates = [...new Set(folders)].flatMap((folder) => [
    ...ROW_FILE_EXTENSIONS.map((end) => join(folder, `${stored}${end}`)),
    join(folder, stored),
  ]);
  if (task.source.kind === 'manual') candidates.push(join(source, task.source.file.replaceAll('{split}', stored)));
  for (const candidate of candidates) {
    if (await isUsable(candidate)) return candidate;
  }
  const named = task.source.kind === 'manual' ? `, and for ${task.source.file.replaceAll('{split}', stored)}` : '';
  throw new DatasetError('DATASET_SPLIT_MISSING', {
    what: `There is no split ${stored} of ${task.name} in ${source}.`,
    why: `Looked for ${stored}${ROW_FILE_EXTENSIONS.join(', ')} and dataset folders, there and in ${task.name}/${named}.`,
    fix: 'Check the folder and the name of the split, or give the file itself.',
  });
}

/**
 * The file or folder on this machine that a split of a task would be read from; undefined where there is none, or where it would be
 * fetched. Downloads made by hand are looked for in `manualFolder`, as {@link loadTask} does where no folder is named.
 */
export async function locateSplit(
  task: TaskSpec,
  {
    split,
    source,
    manualFolder,
  }: { readonly split: string; readonly source: string; readonly manualFolder?: string | undefined },
): Promise<string | undefined> {
  const isFolder = source !== 'hub';
  const found = isFolder ? await findSplit(task, split, source).catch(() => undefined) : undefined;
  const today = sourceToday(task);
  if (found !== undefined || today.kind !== 'manual') return found;
  const folder = isFolder && source !== embeddedDataDir() ? source : manualFolder;
  return findManualFile(task.name, today, { split: storedSplit(task, split), folder }).catch(() => undefined);
}

async function isUsable(path: string): Promise<boolean> {
  if (ROW_FILE_EXTENSIONS.some((end) => path.endsWith(end))) return exists(path);
  return (await datasetFolderKind(path)) === 'dataset';
}
