/** One prompt on its way to an answer. */
export interface DecodeRow {
  /** Which prompt of the caller's list. */
  readonly index: number;
  readonly prompt: Int32Array;
  /** How many tokens it may write. */
  readonly limit: number;
  /** What it has written. */
  readonly tokens: number[];
  /** Where its cached tokens lie in the cache that the last run left (row · width + place), the first token first. */
  places: readonly number[];
  finish?: 'stop' | 'length';
}

export function newRow(index: number, prompt: Int32Array, limit: number): DecodeRow {
  return { index, prompt, limit, tokens: [], places: [] };
}

/** How many positions the row may come to need. */
export function reservedLength({ prompt, limit }: DecodeRow): number {
  return prompt.length + limit;
}

/**
 * How many of the waiting rows, from the first, to take in: as many as keep rows · longest row within `batchTokens`, at
 * least one when nothing is running. While rows run, newcomers wait until they are as many: each reading is a run of
 * its own size, and many small ones cost more than a few idle places.
 */
export function admission(running: readonly DecodeRow[], waiting: readonly DecodeRow[], limits: BatchLimits): number {
  let longest = Math.max(0, ...running.map(reservedLength));
  let count = 0;
  for (const row of waiting) {
    longest = Math.max(longest, reservedLength(row));
    const rows = running.length + count + 1;
    if (rows > limits.batchRows || rows * longest > limits.batchTokens) break;
    count++;
  }
  if (running.length === 0) return Math.max(count, Math.min(1, waiting.length));
  return count >= running.length ? count : 0;
}

export interface BatchLimits {
  /** Rows · positions of one batch at most (a single row may exceed it). */
  readonly batchTokens: number;
  readonly batchRows: number;
}
