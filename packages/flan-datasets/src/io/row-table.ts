import { type FileHandle, open } from 'node:fs/promises';
import { withFileErrors } from '@flanlab/files';
import { RecordBatchReader } from 'apache-arrow';
import type { Row } from '../row.js';
import { batchProblem } from './arrow-check.js';
import { registerArrowCompression } from './arrow-compression.js';
import { type ArrowFraming, checkFraming } from './arrow-framing.js';
import { arrowError, rowReader, withArrowErrors } from './arrow-stream.js';
import { dataFiles } from './dataset-folder.js';

/** Rows on disk with random access: nothing is read before it is asked for. */
export interface RowTable<Example = Row> extends AsyncDisposable {
  readonly length: number;
  /** The row at an index; negative ones count from the end. Undefined beyond. */
  at(index: number): Promise<Example | undefined>;
  /** Rows from `start` to before `end`, in order. */
  rows(start?: number, end?: number): AsyncGenerator<Example>;
  close(): Promise<void>;
}

/** Decoded record batches that are kept: neighbours are asked for together. */
const KEPT_BATCHES = 8;

interface Located {
  readonly file: number;
  readonly batch: number;
  readonly first: number;
  readonly rows: number;
}

/**
 * Opens a dataset folder for random access; only the lengths of its record batches are read.
 * @throws {DatasetError} `DATASET_FOLDER_INVALID`, `DATASET_ARROW_INVALID`
 */
export async function openRowTable(folder: string): Promise<RowTable> {
  const files: { readonly path: string; readonly handle: FileHandle; readonly framing: ArrowFraming }[] = [];
  const close = async (): Promise<void> => {
    for (const { handle } of files.splice(0)) await handle.close();
  };
  const located: Located[] = [];
  let length = 0;
  try {
    for (const path of await dataFiles(folder)) {
      const handle = await withFileErrors('read', path, () => open(path, 'r'));
      const opened = { path, handle, framing: { head: [], batches: [] } as ArrowFraming };
      files.push(opened);
      const framing = await withArrowErrors(path, () => checkFraming(handle));
      files[files.length - 1] = { ...opened, framing };
      for (const [batch, { rows }] of framing.batches.entries()) {
        located.push({ file: files.length - 1, batch, first: length, rows });
        length += rows;
      }
    }
  } catch (error) {
    await close();
    throw error;
  }

  const kept = new Map<Located, Promise<readonly Row[]>>();
  const decoded = (place: Located): Promise<readonly Row[]> => {
    const known = kept.get(place);
    const rows = known ?? readBatch(files[place.file]!, place.batch);
    kept.delete(place);
    kept.set(place, rows); // the last one is the newest
    if (kept.size > KEPT_BATCHES) kept.delete(kept.keys().next().value!);
    return rows;
  };
  const at = async (index: number): Promise<Row | undefined> => {
    const row = index < 0 ? length + index : index;
    const place = placeOf(located, row);
    return place && (await decoded(place))[row - place.first];
  };
  return {
    length,
    at,
    async *rows(start = 0, end = length) {
      for (let i = Math.max(0, start); i < Math.min(end, length); i++) yield (await at(i))!;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function placeOf(located: readonly Located[], row: number): Located | undefined {
  let low = 0;
  let high = located.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const place = located[middle]!;
    if (row < place.first) high = middle - 1;
    else if (row >= place.first + place.rows) low = middle + 1;
    else return place;
  }
  return undefined;
}

const END = Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 0]);

/** A stream of what comes before all batches and this one alone. */
async function readBatch(
  { path, handle, framing }: { readonly path: string; readonly handle: FileHandle; readonly framing: ArrowFraming },
  index: number,
): Promise<readonly Row[]> {
  const parts = [...framing.head, framing.batches[index]!];
  const bytes = new Uint8Array(parts.reduce((sum, { start, end }) => sum + end - start, END.length));
  let position = 0;
  for (const { start, end } of parts) {
    await withFileErrors('read', path, () => handle.read(bytes, position, end - start, start));
    position += end - start;
  }
  bytes.set(END, position);
  return withArrowErrors(path, async () => {
    registerArrowCompression();
    const [batch] = RecordBatchReader.from(bytes);
    if (batch === undefined) throw arrowError(path, `Batch ${index} cannot be decoded.`);
    const problem = batchProblem(batch);
    if (problem !== undefined) throw arrowError(path, problem);
    return rowReader(batch)(0, batch.numRows);
  });
}
