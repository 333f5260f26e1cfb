import { readFile } from 'node:fs/promises';
import { type Checkpoint, readCheckpoint } from '../checkpoint/read-checkpoint.js';
import type { GenerationGolden } from '../generation/test-generators.js';
import { fixture } from '../graph/test-models.js';

/** The tiny folders of `conformance/seq2seq.py`. */
export const TINY_SEQ2SEQ = ['t5-v1.0', 't5-v1.1'] as const;

export interface Seq2SeqGolden {
  /** Ragged rows; the encoder's may hold the padding id, the labels -100. */
  readonly batch: {
    readonly inputIds: readonly (readonly number[])[];
    readonly labels: readonly (readonly number[])[];
    readonly lossSum: number;
    readonly targets: number;
    /** Of each row's own labels, flat. */
    readonly logits: readonly (readonly number[])[];
  };
  readonly generation: GenerationGolden;
  /** Of row 0 with the adapter in `adapter/`. */
  readonly adaptedLogits: readonly number[];
}

export function seq2seqFixture(...path: readonly string[]): string {
  return fixture('seq2seq', ...path);
}

export async function loadTinySeq2Seq(name: string): Promise<{ checkpoint: Checkpoint; golden: Seq2SeqGolden }> {
  const checkpoint = await readCheckpoint(seq2seqFixture(name));
  const golden = JSON.parse(await readFile(seq2seqFixture(name, 'golden.json'), 'utf8')) as Seq2SeqGolden;
  return { checkpoint, golden };
}

/** Rows of different lengths as one block. */
export function padded(rows: readonly (readonly number[])[], value: number): number[][] {
  const longest = Math.max(...rows.map(({ length }) => length));
  return rows.map((row) => [...row, ...new Array<number>(longest - row.length).fill(value)]);
}
