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

/** A random order is read from disk in passes, each in the order of the files; one pass ahead of the rows given. */
const WINDOW_BYTES = 112 * 2 ** 20;
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
      const windowFrom = (first: number): Promise<Window> | undefined => {
        if (first >= length) return undefined;
        let end = first;
        for (let bytes = 0; end < length && end - first < WINDOW_ROWS && (end === first || bytes < windowBytes); end++)
          bytes += bytesOf(end);
        const window = loadWindow(sources, picked, first, end);
        // Who stops early never asks for the window read ahead, nor for its error.
        window.catch(() => undefined);
        return window;
      };
      for (let next = windowFrom(0); next !== undefined; ) {
        const { first, end, loaded, positions } = await next;
        next = windowFrom(end);
        for (let place = first; place < end; place++) {
          if (place % 256 === 0) signal?.throwIfAborted();
          const source = sourceOf[place]!;
          const held = loaded[source];
          yield held ? held.at(positions[place - first]!) : sources[source]!.at(rowOf[place]!);
        }
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
  readonly first: number;
  readonly end: number;
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
  return { first, end, loaded, positions };
}
