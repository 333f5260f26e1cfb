import type { Tensor } from '@flanlab/onnx-session';
import type { DecodeRow } from './decode-row.js';

export interface RunShape {
  /** C: tokens that a run writes at most. */
  readonly steps: number;
  /** Prompt tokens of a row that one run reads at most; longer prompts take several runs. */
  readonly readTokens: number;
}

/** One run: what is fed, and what is needed to understand the answer. */
export interface DecodeBatch {
  readonly rows: readonly DecodeRow[];
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** New prompt tokens of each row. */
  readonly lengths: readonly number[];
  /** P and S, as padded. */
  readonly cacheWidth: number;
  readonly readWidth: number;
}

// Padded sizes are multiples of these, so that a row's numbers keep their place in the vector lanes of a sum whatever
// its neighbours' lengths are.
const CACHE_ALIGNMENT = 64;
const READ_ALIGNMENT = 16;
// Products of one row take another path through the CPU's matrix code, with sums in another order.
const LEAST_ROWS = 2;

const align = (size: number, alignment: number): number => Math.ceil(Math.max(1, size) / alignment) * alignment;

const int32 = (dims: readonly number[], data: Int32Array): Tensor => ({ type: 'int32', dims, data });

/**
 * Plans the next run of some rows.
 *
 * - `cached` (B): tokens a row has in its cache; `cache_index` (B, P): where they lie in the kept cache, first token first.
 * - `lengths` (B): prompt tokens the row reads now, 0 for rows that only write; the E rows that read (`read_rows`) have
 *   theirs in `read_ids` (E, S), and `read_index` (B) finds a row among them; none of them has more than `read_cache` cached.
 * - `read_reach` (E): length of a reader's whole prompt, on which its angles may depend.
 * - `pending` (B): for rows that only write, the last token they wrote: it is not in the cache yet.
 * - `budget` (B): tokens to write in this run; 0 for rows whose prompt is not read to its end.
 */
export function planRun(rows: readonly DecodeRow[], stopIds: readonly number[], shape: RunShape): DecodeBatch {
  const B = Math.max(LEAST_ROWS, rows.length);
  const lengths = rows.map(({ prompt, places }) =>
    Math.max(0, Math.min(shape.readTokens, prompt.length - places.length)),
  );
  const cacheWidth = align(Math.max(0, ...rows.map(({ places }) => places.length)), CACHE_ALIGNMENT);
  const cached = new Int32Array(B);
  const cacheIndex = new Int32Array(B * cacheWidth);
  const pending = new Int32Array(B);
  const budget = new Int32Array(B);
  for (const [b, row] of rows.entries()) {
    cached[b] = row.places.length;
    cacheIndex.set(row.places, b * cacheWidth);
    pending[b] = row.tokens.at(-1) ?? 0;
    budget[b] = tokensToWrite(row, lengths[b]!, shape.steps);
  }
  const reading = planReading(rows, lengths, B);
  const feeds = {
    ...reading.feeds,
    lengths: int32([B], padded(lengths, B)),
    cached: int32([B], cached),
    cache_index: int32([B, cacheWidth], cacheIndex),
    pending: int32([B], pending),
    budget: int32([B], budget),
    // -1 is no token: the list is never empty.
    stop_ids: int32([Math.max(1, stopIds.length)], Int32Array.from(stopIds.length === 0 ? [-1] : stopIds)),
    steps: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(shape.steps)) },
  } as const;
  return { rows, feeds, lengths, cacheWidth, readWidth: reading.width };
}

function tokensToWrite({ prompt, places, tokens, limit }: DecodeRow, length: number, steps: number): number {
  if (length === 0) return Math.min(steps, limit - tokens.length);
  return places.length + length === prompt.length ? Math.min(steps + 1, limit) : 0;
}

function planReading(
  rows: readonly DecodeRow[],
  lengths: readonly number[],
  B: number,
): { readonly width: number; readonly feeds: Readonly<Record<string, Tensor>> } {
  const readers = [...lengths.keys()].filter((b) => lengths[b]! > 0);
  const E = Math.max(LEAST_ROWS, readers.length);
  const width = readers.length === 0 ? 1 : align(Math.max(...lengths), READ_ALIGNMENT);
  const readCache = align(Math.max(0, ...readers.map((b) => rows[b]!.places.length)), CACHE_ALIGNMENT);
  const ids = new Int32Array(E * width);
  const readLengths = new Int32Array(E).fill(1);
  const readRows = new Int32Array(E);
  const readReach = new Int32Array(E).fill(1);
  const readIndex = new Int32Array(B);
  for (const [e, b] of readers.entries()) {
    const { prompt, places } = rows[b]!;
    ids.set(prompt.subarray(places.length, places.length + lengths[b]!), e * width);
    readLengths[e] = lengths[b]!;
    readRows[e] = b;
    readReach[e] = prompt.length;
    readIndex[b] = e;
  }
  return {
    width,
    feeds: {
      read_ids: int32([E, width], ids),
      read_lengths: int32([E], readLengths),
      read_rows: int32([E], readRows),
      read_reach: int32([E], readReach),
      read_index: int32([B], readIndex),
      read_cache: { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(readCache)) },
    },
  };
}

function padded(values: readonly number[], length: number): Int32Array {
  const out = new Int32Array(length);
  out.set(values);
  return out;
}

/** What a run gives back, besides the cache that stays in the session. */
export interface DecodeAnswer {
  /** (B) each: the first token of rows that read, and whether their numbers were finite. */
  readonly firstTokens: Int32Array;
  readonly firstHealth: Float32Array;
  /** (turns, B) each. */
  readonly nextTokens: Int32Array;
  readonly nextHealth: Float32Array;
}

/**
 * Enters a run's answer into its rows: tokens, where the cache has them now, and whether the row has finished.
 * @returns the rows whose numbers were not finite; their tokens mean nothing
 */
export function absorbAnswer(
  { rows, lengths, cacheWidth, readWidth }: DecodeBatch,
  answer: DecodeAnswer,
  stopIds: ReadonlySet<number>,
): readonly DecodeRow[] {
  const B = answer.firstTokens.length;
  const turns = answer.nextTokens.length / B;
  const width = cacheWidth + readWidth + turns;
  const broken: DecodeRow[] = [];
  for (const [b, row] of rows.entries()) {
    const length = lengths[b]!;
    const before = row.places.length;
    const isWriting = before + length >= row.prompt.length;
    let healthy = true;
    const write = (token: number, health: number): void => {
      healthy &&= Number.isFinite(health);
      row.tokens.push(token);
      if (stopIds.has(token)) row.finish = 'stop';
      else if (row.tokens.length >= row.limit) row.finish = 'length';
    };
    if (length > 0 && isWriting) write(answer.firstTokens[b]!, answer.firstHealth[b]!);
    let turn = 0;
    for (; isWriting && turn < turns && row.finish === undefined; turn++) {
      write(answer.nextTokens[turn * B + b]!, answer.nextHealth[turn * B + b]!);
    }
    if (!healthy) broken.push(row);
    const start = b * width;
    const run = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + from + i);
    // Each turn put the token before it into the tail.
    row.places = [...run(0, before), ...run(cacheWidth, length), ...run(cacheWidth + readWidth, turn)];
  }
  return broken;
}
