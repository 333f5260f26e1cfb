import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, withFileErrors } from '@flanlab/files';
import { embeddedDataDir } from './embedded.js';
import { DatasetError } from './errors.js';
import { findTask } from './find-task.js';
import { datasetFolderKind } from './io/dataset-folder.js';
import { ROW_FILE_EXTENSIONS, readRows } from './io/rows.js';
import { normaliseRow } from './normalise.js';
import type { Row } from './row.js';
import { checkSplitName, storedSplit } from './splits.js';
import type { Mode, TaskSpec } from './task-spec.js';

/** Rows past this one are left out in compat mode, except for tasks read whole (behaviour 2.1). */
const ROW_CUTOFF = 100_000;

export interface LoadTaskOptions extends Partial<Mode> {
  /** The split wanted, such as `train`; tasks that publish fewer splits answer with another one. */
  readonly split: string;
  /**
   * A file, a dataset folder, a folder of `<task>/<split>` in any format, or for tasks downloaded by hand the folder of the
   * downloads; the embedded rows when left out.
   */
  readonly source?: string | undefined;
  /** At most this many normalised rows. */
  readonly limit?: number | undefined;
  /** Published rows unchanged instead of normalised ones. */
  readonly raw?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams one split of a task, normalised, in stored order.
 *
 * @throws {DatasetError} `DATASET_TASK_UNKNOWN`, `DATASET_SPLIT_MISSING`, `DATASET_COLUMN_MISSING` with the row's number, or
 * what reading the file gives
 */
export async function* loadTask(task: string | TaskSpec, options: LoadTaskOptions): AsyncGenerator<Row> {
  const { compat = false, random, raw = false, signal, limit = Number.POSITIVE_INFINITY } = options;
  const spec = typeof task === 'string' ? findTask(task) : task;
  const path = await findSplit(spec, options.split, options.source ?? embeddedDataDir());
  const isCut = compat && spec.source.kind !== 'local-arrow' && !spec.source.wholeSplit;
  const mode: Mode = { compat, ...(random && { random }) };
  let left = limit;
  let number = 0;
  for await (const row of readRows(path, { limit: isCut ? ROW_CUTOFF : undefined, signal })) {
    if (left <= 0) return;
    number += 1;
    const result = raw ? row : normaliseNumbered(spec, row, mode, `row ${number} of ${path}`);
    if (result === undefined) continue;
    yield result;
    left -= 1;
  }
}

function normaliseNumbered(task: TaskSpec, row: Row, mode: Mode, where: string): Row | undefined {
  try {
    return normaliseRow(task, row, mode);
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    const { code, what, why, fix, kind } = cause;
    throw new DatasetError(code, { what: `In ${where}: ${what}`, why, fix }, { cause, kind });
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
  throw new DatasetError('DATASET_SPLIT_MISSING', {
    what: `There is no split ${stored} of ${task.name} in ${source}.`,
    why: `Looked for ${stored}${ROW_FILE_EXTENSIONS.join(', ')} and dataset folders, there and in ${task.name}/.`,
    fix: 'Check the folder and the name of the split, or give the file itself.',
  });
}

async function isUsable(path: string): Promise<boolean> {
  if (ROW_FILE_EXTENSIONS.some((end) => path.endsWith(end))) return exists(path);
  return (await datasetFolderKind(path)) === 'dataset';
}
