import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { FieldValue, Row } from '../row.js';
import { type Features, inferFeatures, mergeFeatures } from './features.js';
import { batchesOf } from './row-batches.js';

/** Rows, and letters of their texts, kept in memory while all are looked at; more go to a temporary file. */
const HELD_ROWS = 20_000;
const HELD_CHARACTERS = 2 ** 26;
const PIECE = 1000;

/**
 * Finds out the types of rows that can be read only once, and gives the rows again.
 * @throws {DatasetError} `DATASET_FEATURES_INVALID` when two rows disagree about a column's type
 */
export async function withFeatures<Result>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  use: (rows: Iterable<Row> | AsyncIterable<Row>, features: Features) => Promise<Result>,
  options: { readonly held?: number } = {},
): Promise<Result> {
  let features: Features = {};
  const note = (piece: readonly Row[]): void => {
    features = mergeFeatures(features, inferFeatures(piece));
  };
  return replayed(rows, note, (again) => use(again, features), options);
}

/**
 * Shows rows that can be read only once to `note`, all of them, and then gives them again: from memory when they are few, otherwise
 * from a temporary file, which is removed afterwards.
 */
export async function replayed<Result>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  note: (piece: readonly Row[]) => void,
  use: (rows: Iterable<Row> | AsyncIterable<Row>) => Promise<Result>,
  { held: most = HELD_ROWS }: { readonly held?: number } = {},
): Promise<Result> {
  const source = batchesOf(rows, PIECE);
  const held: Row[] = [];
  let characters = 0;
  while (held.length < most && characters < HELD_CHARACTERS) {
    const { value, done } = await source.next();
    if (done) return use(held);
    held.push(...value);
    for (const row of value) characters += charactersOf(row);
    note(value);
  }
  const folder = await mkdtemp(join(tmpdir(), 'flanlab-rows-'));
  try {
    const path = join(folder, 'rows');
    const file = await open(path, 'wx');
    try {
      for await (const piece of source) {
        note(piece);
        const bytes = serialize(piece);
        const size = Buffer.alloc(4);
        size.writeUInt32LE(bytes.length);
        await file.writeFile(size);
        await file.writeFile(bytes);
      }
    } finally {
      await file.close();
    }
    return await use(heldAndStored(held, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function charactersOf(value: FieldValue | Row): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const item of Object.values(value)) sum += charactersOf(item);
  return sum;
}

async function* heldAndStored(held: readonly Row[], path: string): AsyncGenerator<Row> {
  yield* held;
  let left = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    left = Buffer.concat([left, chunk as Buffer]);
    while (left.length >= 4 && left.length >= 4 + left.readUInt32LE(0)) {
      const end = 4 + left.readUInt32LE(0);
      yield* deserialize(left.subarray(4, end)) as Row[];
      left = left.subarray(end);
    }
  }
}
