/** Two neighbouring symbols. */
export interface Pair {
  readonly left: number;
  readonly right: number;
}

interface Word {
  symbols: number[];
  readonly count: number;
}

interface Entry extends Pair {
  readonly count: number;
}

const keyOf = (left: number, right: number): number => left * 2 ** 21 + right;

/** Pair counts of a set of words, kept up to date while pairs are merged, with the most frequent at hand. */
export class MergeQueue {
  readonly #words: readonly Word[];
  readonly #counts = new Map<number, number>();
  /** Words that held a pair at some time: a superset of those that do. */
  readonly #places = new Map<number, Set<number>>();
  readonly #heap: Entry[] = [];

  constructor(words: readonly Word[]) {
    this.#words = words;
    for (const [index, { symbols, count }] of words.entries()) {
      for (let i = 0; i + 1 < symbols.length; i++) this.#change(symbols[i]!, symbols[i + 1]!, count, index);
    }
    for (const [key, count] of this.#counts) this.#push(key, count);
  }

  /** The most frequent pair, lowest ids first among equals; `undefined` when none is left. */
  takeMostFrequent(): Pair | undefined {
    for (;;) {
      const top = this.#pop();
      if (!top) return undefined;
      const count = this.#counts.get(keyOf(top.left, top.right)) ?? 0;
      // Counts that fell since they were queued are queued again with what is left.
      if (count === top.count) return top;
      if (count > 0 && count < top.count) this.#push(keyOf(top.left, top.right), count);
    }
  }

  /** Replaces every occurrence of a pair by one symbol, from left to right. */
  merge({ left, right }: Pair, id: number): void {
    const grown = new Set<number>();
    const places = this.#places.get(keyOf(left, right)) ?? [];
    for (const index of [...places].sort((a, b) => a - b)) {
      const word = this.#words[index]!;
      const { symbols, count } = word;
      const merged: number[] = [];
      for (let i = 0; i < symbols.length; i++) {
        const isPair = symbols[i] === left && symbols[i + 1] === right;
        merged.push(isPair ? id : symbols[i]!);
        if (isPair) i++;
      }
      if (merged.length === symbols.length) continue;
      for (let i = 0; i + 1 < symbols.length; i++) this.#change(symbols[i]!, symbols[i + 1]!, -count, index);
      for (let i = 0; i + 1 < merged.length; i++) {
        this.#change(merged[i]!, merged[i + 1]!, count, index);
        if (merged[i] === id || merged[i + 1] === id) grown.add(keyOf(merged[i]!, merged[i + 1]!));
      }
      word.symbols = merged;
    }
    this.#counts.delete(keyOf(left, right));
    for (const key of grown) this.#push(key, this.#counts.get(key) ?? 0);
  }

  #change(left: number, right: number, by: number, word: number): void {
    const key = keyOf(left, right);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
    if (by < 0) return;
    const places = this.#places.get(key);
    if (places) places.add(word);
    else this.#places.set(key, new Set([word]));
  }

  #push(key: number, count: number): void {
    if (count <= 0) return;
    const heap = this.#heap;
    heap.push({ left: Math.floor(key / 2 ** 21), right: key % 2 ** 21, count });
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!comesBefore(heap[i]!, heap[parent]!)) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      let best = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && comesBefore(heap[child]!, heap[best]!)) best = child;
      }
      if (best === i) return top;
      [heap[i], heap[best]] = [heap[best]!, heap[i]!];
      i = best;
    }
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  return (b.count - a.count || a.left - b.left || a.right - b.right) < 0;
}
