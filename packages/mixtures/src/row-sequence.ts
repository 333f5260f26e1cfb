import type { PromptRow } from '@flanlab/samplegen';
import type { LoadedRows, PromptSource } from './prompt-source.js';

/** Rows in a fixed order, read from their sources when asked for; can be gone through any number of times. */
export interface RowSequence extends AsyncIterable<PromptRow> {
  readonly length: number;
  /** All rows at once; for small mixtures. */
  toArray(): Promise<PromptRow[]>;
}

/** Which row of which source comes at each place. */
export interface PickedRows {
  readonly sourceOf: Uint16Array;
  readonly rowOf: Uint32Array;
}

/** Rows read ahead: a random order is read from disk in passes, each in the order of the files. */
const WINDOW_BYTES = 160 * 2 ** 20;
const WINDOW_ROWS = 1 << 18;

/** The rows of `sources` in the order of `picked`. */
export function rowSequence(
  sources: readonly PromptSource[],
  picked: PickedRows,
  {
    signal,
    windowBytes = WINDOW_BYTES,
  }: { readonly signal?: AbortSignal | undefined; readonly windowBytes?: number } = {},
): RowSequence {
  const { sourceOf, rowOf } = picked;
  const length = sourceOf.length;
  const bytesOf = (place: number): number => sources[sourceOf[place]!]!.bytesOf?.(rowOf[place]!) ?? 0;
  return {
    length,
    async *[Symbol.asyncIterator]() {
      for (let first = 0; first < length; ) {
        let end = first;
        for (let bytes = 0; end < length && end - first < WINDOW_ROWS && (end === first || bytes < windowBytes); end++)
          bytes += bytesOf(end);
        const { loaded, positions } = await loadWindow(sources, picked, first, end);
        for (let place = first; place < end; place++) {
          if (place % 256 === 0) signal?.throwIfAborted();
          const source = sourceOf[place]!;
          const held = loaded[source];
          yield held ? held.at(positions[place - first]!) : sources[source]!.at(rowOf[place]!);
        }
        first = end;
      }
    },
    async toArray() {
      const rows: PromptRow[] = [];
      for await (const row of this) rows.push(row);
      return rows;
    },
  };
}

interface Window {
  /** By source, where it can load rows together. */
  readonly loaded: readonly (LoadedRows | undefined)[];
  /** Where each place's row is among the loaded ones of its source. */
  readonly positions: Uint32Array;
}

async function loadWindow(
  sources: readonly PromptSource[],
  { sourceOf, rowOf }: PickedRows,
  first: number,
  end: number,
): Promise<Window> {
  const counts = new Uint32Array(sources.length);
  for (let place = first; place < end; place++) counts[sourceOf[place]!]! += 1;
  // Row and place in one number, so that sorting by row keeps the place: 2^18 places, 2^32 rows.
  const keys = Array.from(counts, (count) => new Float64Array(count));
  const filled = new Uint32Array(sources.length);
  for (let place = first; place < end; place++) {
    const source = sourceOf[place]!;
    keys[source]![filled[source]!++] = rowOf[place]! * WINDOW_ROWS + (place - first);
  }
  const positions = new Uint32Array(end - first);
  const loaded: (LoadedRows | undefined)[] = [];
  for (const [source, sorted] of keys.entries()) {
    if (sorted.length === 0) continue;
    sorted.sort();
    const rows = Uint32Array.from(sorted, (key) => Math.floor(key / WINDOW_ROWS));
    for (const [position, key] of sorted.entries()) positions[key % WINDOW_ROWS] = position;
    loaded[source] = await sources[source]!.load?.(rows);
  }
  return { loaded, positions };
}
