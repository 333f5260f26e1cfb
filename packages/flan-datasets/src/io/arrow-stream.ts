import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isFlanlabError } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { DatasetError } from '../errors.js';
import type { FieldValue, Row } from '../row.js';
import { cellReader } from './arrow-cells.js';
import { batchProblem } from './arrow-check.js';
import { registerArrowCompression } from './arrow-compression.js';
import { checkFraming } from './arrow-framing.js';
import { rowSlices } from './arrow-slices.js';
import { featuresOfSchema } from './arrow-types.js';

import { checkedName } from './column-name.js';
import { type Features, featuresFromJson } from './features.js';

/** The features of an Arrow stream: those in its metadata, or what its types say. */
export async function readArrowFeatures(path: string): Promise<Features> {
  return withArrowErrors(path, async () => {
    await checkFile(path);
    const reader = await openReader(path);
    try {
      return featuresOf(reader.schema, path);
    } finally {
      await reader.cancel();
    }
  });
}

/**
 * Streams the rows of an Arrow IPC stream, or of a file with a footer (Feather), some of a record batch at a time.
 * @throws {DatasetError} `DATASET_ARROW_INVALID` when the file is cut off or no Arrow data
 */
export async function* readArrowBatches(path: string): AsyncGenerator<readonly Row[]> {
  const batches = await withArrowErrors(path, async () => {
    await checkFile(path);
    return (await openReader(path))[Symbol.asyncIterator]();
  });
  for (;;) {
    const { value: batch, done } = await withArrowErrors(path, () => batches.next());
    if (done) return;
    const problem = await withArrowErrors(path, async () => batchProblem(batch));
    if (problem !== undefined) throw arrowError(path, problem);
    const read = await withArrowErrors(path, async () => rowReader(batch));
    const slices = rowSlices(batch);
    for (;;) {
      const slice = await withArrowErrors(path, async () => slices.next());
      if (slice.done) break;
      const [start, end] = slice.value;
      yield await withArrowErrors(path, async () => read(start, end));
    }
  }
}

/** Gives the rows `start` to before `end` of a record batch that has passed {@link batchProblem}. */
export function rowReader(batch: RecordBatch): (start: number, end: number) => readonly Row[] {
  const names = batch.schema.fields.map(({ name }) => checkedName(name));
  const columns = names.map((name, index) => cellReader(batch.data.children[index]!, name));
  return (start, end) => {
    const rows = new Array<Row>(end - start);
    for (let i = start; i < end; i++) {
      const row: Record<string, FieldValue> = {};
      for (let c = 0; c < names.length; c++) row[names[c]!] = columns[c]!(i);
      rows[i - start] = row;
    }
    return rows;
  };
}

async function openReader(path: string): Promise<RecordBatchReader> {
  registerArrowCompression();
  const reader = await RecordBatchReader.from(createReadStream(path, { highWaterMark: 2 ** 18 }));
  await reader.open();
  return reader;
}

function featuresOf(schema: Schema, path: string): Features {
  const metadata = schema.metadata.get('huggingface');
  const info: unknown = metadata === undefined ? undefined : JSON.parse(metadata);
  const features = (info as { info?: { features?: unknown } } | undefined)?.info?.features;
  return features === undefined || features === null ? featuresOfSchema(schema) : featuresFromJson(features, path);
}

async function checkFile(path: string): Promise<void> {
  const handle = await withFileErrors('read', path, () => open(path, 'r'));
  try {
    await checkFraming(handle);
  } finally {
    await handle.close();
  }
}

export async function withArrowErrors<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (isFlanlabError(cause)) throw cause;
    throw arrowError(path, `${(cause as Error).message}`, cause);
  }
}

export function arrowError(path: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    'DATASET_ARROW_INVALID',
    { what: `${path} is no complete Arrow stream.`, why, fix: 'Copy or make the file again.' },
    { cause },
  );
}
