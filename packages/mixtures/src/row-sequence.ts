import type { PromptRow } from '@flanlab/samplegen';

/** Rows in a fixed order, read one at a time from their sources; can be gone through any number of times. */
export interface RowSequence extends AsyncIterable<PromptRow> {
  readonly length: number;
  /** All rows at once; for small mixtures. */
  toArray(): Promise<PromptRow[]>;
}

/** The rows that `at` gives for 0 … length - 1. */
export function rowSequence(length: number, at: (index: number) => PromptRow | Promise<PromptRow>): RowSequence {
  return {
    length,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < length; index++) yield at(index);
    },
    async toArray() {
      const rows: PromptRow[] = [];
      for await (const row of this) rows.push(row);
      return rows;
    },
  };
}
