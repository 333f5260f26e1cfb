import type { PromptRow } from '@flanlab/samplegen';

/** Prompts of one task that can be read in any order, such as a file that is too large for memory. */
export interface PromptSource {
  readonly length: number;
  /** SHA-256 of the source's bytes; that of its rows as JSON Lines where it is no file. Computed when left out. */
  readonly sha256?: string;
  /** Row `index`, 0 ≤ index < length. */
  at(index: number): PromptRow | Promise<PromptRow>;
  /** The first `count` rows in order, many at a time. */
  blocks?(count: number): AsyncIterable<readonly PromptRow[]>;
  /** The same without the texts, which are most of a row: faster. */
  facts?(count: number): AsyncIterable<readonly PromptFacts[]>;
  /** How many bytes row `index` takes on disk. */
  bytesOf?(index: number): number;
  /** Reads the rows of ascending numbers together, for a source from which single rows come slowly. */
  load?(rows: Uint32Array): Promise<LoadedRows>;
}

/** A row without its text. */
export type PromptFacts = Omit<PromptRow, 'text'>;

/** Rows that are in memory, not yet parsed. */
export interface LoadedRows {
  /** The row asked for at this position. */
  at(position: number): PromptRow;
}
