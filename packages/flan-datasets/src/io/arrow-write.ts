import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@flanlab/files';
import { makeData, RecordBatch, RecordBatchStreamWriter, type Schema, Struct } from 'apache-arrow';
import type { Row } from '../row.js';
import { columnData } from './arrow-columns.js';
import { arrowSchema } from './arrow-types.js';
import type { Features } from './features.js';
import { batchesOf } from './row-batches.js';

/** Rows of one record batch, as Python's `datasets` writes them. */
const ROWS_PER_BATCH = 1000;
/** Where `datasets` begins another data file. */
const SHARD_BYTES = 500_000_000;
/** The mark that ends a stream. */
const END_BYTES = 8;

/**
 * Streams rows into the data files of a dataset folder, one record batch in memory at a time.
 * @returns the number of rows, and the names of the files in order
 */
export async function writeArrowShards(
  folder: string,
  rows: Iterable<Row> | AsyncIterable<Row>,
  features: Features,
  shardBytes = SHARD_BYTES,
): Promise<{ readonly count: number; readonly files: readonly string[] }> {
  const schema = arrowSchema(features);
  const batches = recordBatches(rows, schema, features);
  let next = await batches.next();
  let count = 0;
  let shards = 0;
  async function* oneShard(): AsyncGenerator<Uint8Array> {
    let written = 0;
    let end = new Uint8Array();
    while (!next.done && (written === 0 || written < shardBytes)) {
      const stream = RecordBatchStreamWriter.writeAll([next.value]).toUint8Array(true);
      // Each batch is a stream of its own: the schema is kept of the first, the end of the last.
      const start = written === 0 ? 0 : schemaLength(stream);
      end = stream.slice(-END_BYTES);
      yield stream.subarray(start, -END_BYTES);
      written += stream.length - start - END_BYTES;
      count += next.value.numRows;
      next = await batches.next();
    }
    yield end;
  }
  const temporary = (shard: number): string => join(folder, `shard-${shard}.arrow`);
  do {
    await writeFileAtomic(temporary(shards), oneShard());
    shards += 1;
  } while (!next.done);
  const number = (n: number): string => String(n).padStart(5, '0');
  const files = Array.from({ length: shards }, (_, shard) => `data-${number(shard)}-of-${number(shards)}.arrow`);
  for (const [shard, name] of files.entries()) await rename(temporary(shard), join(folder, name));
  return { count, files };
}

/** The first message: a mark and a length of four bytes each, then the schema. */
function schemaLength(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
}

async function* recordBatches(
  rows: Iterable<Row> | AsyncIterable<Row>,
  schema: Schema,
  features: Features,
): AsyncGenerator<RecordBatch, undefined> {
  let isEmpty = true;
  for await (const batch of batchesOf(rows, ROWS_PER_BATCH)) {
    yield recordBatch(schema, features, batch);
    isEmpty = false;
  }
  // A stream of no batches would lack even its schema.
  if (isEmpty) yield recordBatch(schema, features, []);
  return undefined;
}

function recordBatch(schema: Schema, features: Features, rows: readonly Row[]): RecordBatch {
  const children = schema.fields.map(({ name, type }) =>
    columnData(
      type,
      rows.map((row) => row[name]),
      features[name]!,
      name,
    ),
  );
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}
