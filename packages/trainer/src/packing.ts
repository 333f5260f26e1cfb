import { IGNORE_INDEX, type TokenisedRow } from './tokenise.js';

/**
 * Puts things into bins, best fit first, from the longest to the shortest: each goes where it leaves the least room, into
 * the oldest of several such bins. Ties in length keep their order, so that the same lengths give the same bins.
 * @param lengths of which none is greater than `capacity`
 * @returns places in `lengths`, bin by bin
 * @see Ding et al. 2024, Fewer Truncations Improve Language Modeling, arXiv:2404.10830, algorithm 1
 */
export function packLengths(lengths: ArrayLike<number>, capacity: number): number[][] {
  const bins: number[][] = [];
  // Numbers of the bins with so much room, oldest first.
  const byRoom: number[][] = Array.from({ length: capacity + 1 }, () => []);
  const order = Array.from(lengths, (_, place) => place).sort((a, b) => lengths[b]! - lengths[a]!);
  for (const place of order) {
    const length = lengths[place]!;
    let room = length;
    while (room <= capacity && byRoom[room]!.length === 0) room += 1;
    const open = room <= capacity;
    const bin = open ? byRoom[room]!.shift()! : bins.push([]) - 1;
    bins[bin]!.push(place);
    insertSorted(byRoom[(open ? room : capacity) - length]!, bin);
  }
  return bins;
}

function insertSorted(numbers: number[], value: number): void {
  let place = numbers.length;
  while (place > 0 && numbers[place - 1]! > value) place -= 1;
  numbers.splice(place, 0, value);
}

/**
 * Rows put together to as few as possible of at most `maxLength` tokens. Each keeps its documents' lengths, from which
 * positions restart and attention is cut: a document computes what it would compute alone.
 */
export function packRows(rows: readonly TokenisedRow[], maxLength: number): TokenisedRow[] {
  const bins = packLengths(
    rows.map(({ ids }) => ids.length),
    maxLength,
  );
  return bins.map((places) => joinRows(places.map((place) => rows[place]!)));
}

function joinRows(rows: readonly TokenisedRow[]): TokenisedRow {
  const lengths = rows.map(({ ids }) => ids.length);
  const length = lengths.reduce((sum, one) => sum + one, 0);
  const [ids, labels, offsets] = [new Int32Array(length), new Int32Array(length), new Int32Array(2 * length)];
  let start = 0;
  for (const row of rows) {
    ids.set(row.ids, start);
    labels.set(row.labels, start);
    // Alone, the first token has nothing to be predicted from; here it would be the document before.
    labels[start] = IGNORE_INDEX;
    offsets.set(row.offsets, 2 * start);
    start += row.ids.length;
  }
  return {
    index: rows[0]!.index,
    ids,
    labels,
    offsets,
    lengths,
    targets: rows.reduce((sum, { targets }) => sum + targets, 0),
    truncated: rows.some(({ truncated }) => truncated),
    doubleBos: rows.some(({ doubleBos }) => doubleBos),
    learnsToStop: rows.every(({ learnsToStop }) => learnsToStop),
  };
}
