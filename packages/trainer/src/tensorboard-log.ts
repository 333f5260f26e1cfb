import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, withFileErrors } from '@flanlab/files';
import type { MetricsRow } from './metrics-log.js';
import { encodeEvent, type TensorBoardEvent } from './tensorboard-event.js';
import { tfRecord } from './tf-record.js';

/** TensorBoard finds files by `tfevents` in the name; ours are told from others by the end. */
const OURS = /^events\.out\.tfevents\.\d+\.flanlab$/;

/** Entries of `metrics.jsonl` that are no curves. */
const NOT_SCALARS = new Set(['step', 'time']);

/** A row of metrics under the tags that the Hugging Face trainer gives: `train/loss`, `eval/loss`, … */
export function toTensorBoard(row: MetricsRow): TensorBoardEvent {
  // The epoch of an evaluation is that of its step, which has a row of its own.
  const isCurve = (name: string): boolean => !NOT_SCALARS.has(name) && !(name === 'epoch' && 'eval_loss' in row);
  const scalars = Object.entries(row)
    .filter((entry): entry is [string, number] => isCurve(entry[0]) && typeof entry[1] === 'number')
    .map(([name, value]) => [name.startsWith('eval_') ? `eval/${name.slice(5)}` : `train/${name}`, value] as const);
  return { wallTime: Date.parse(row.time) / 1000, step: row.step, scalars: Object.fromEntries(scalars) };
}

/**
 * A TensorBoard file that follows `metrics.jsonl`. It begins with the rows that are there already and takes the place of
 * the file of a run that went before, so that no step is drawn twice after a resume.
 */
export class TensorBoardLog implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** @param now milliseconds since 1970 */
  static async open(folder: string, rows: readonly MetricsRow[], now: number): Promise<TensorBoardLog> {
    await makeFolder(folder);
    for (const name of await readdir(folder)) if (OURS.test(name)) await rm(join(folder, name));
    // TensorBoard reads the files of a folder in the order of their names.
    const seconds = String(Math.floor(now / 1000)).padStart(10, '0');
    const path = join(folder, `events.out.tfevents.${seconds}.flanlab`);
    const log = new TensorBoardLog(await withFileErrors('write', path, () => open(path, 'w')), path);
    await log.#write({ wallTime: now / 1000, step: 0, fileVersion: 'brain.Event:2' });
    for (const row of rows) await log.append(row);
    return log;
  }

  append(row: MetricsRow): Promise<void> {
    return this.#write(toTensorBoard(row));
  }

  async #write(event: TensorBoardEvent): Promise<void> {
    await withFileErrors('write', this.#path, () => this.#file.appendFile(tfRecord(encodeEvent(event))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
