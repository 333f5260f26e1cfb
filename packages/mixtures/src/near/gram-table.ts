const MULTIPLIER_A = 0x2c1b3c6d;
const MULTIPLIER_B = 0x297a2d39;
const FILTER_BITS = 25;

/** Words as two independent hashes each. */
export interface Words {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
}

/** Grams a table keeps at most; of more, an even share is kept that their hashes choose. */
export const MAX_GRAMS = 1 << 22;

/**
 * A hash table from word n-grams to numbers 0, 1, 2, … in the order of their first appearance, on typed arrays: 20 bytes per gram, and
 * a bit filter that answers most misses from the processor's cache. Grams are compared by 64 bits of hash.
 */
export class GramTable {
  /** Grams are kept whose second hash ends in as many zeros: 0 keeps all. */
  sampling = 0;
  size = 0;
  private first: Uint32Array;
  private second: Uint32Array;
  private numbers: Uint32Array;
  private readonly filter = new Uint32Array(1 << (FILTER_BITS - 5));

  constructor(private readonly most: number = MAX_GRAMS) {
    [this.first, this.second, this.numbers] = slots(1 << 12);
  }

  /** The number of a gram, which gets one if it has none; -1 where sampling leaves it out. */
  add(a: number, b: number): number {
    if ((b & this.sampling) !== 0) return -1;
    const at = this.slot(a, b);
    if (this.numbers[at] !== 0) return this.numbers[at]! - 1;
    this.first[at] = a;
    this.second[at] = b;
    this.numbers[at] = ++this.size;
    this.mark(a);
    this.mark(b);
    if (2 * this.size > this.numbers.length) this.rebuild();
    return this.size - 1;
  }

  /** The numbers of the known grams among all runs of `n` of the first `length` words, in order. */
  findAll(words: Words, n: number, length: number, found: (gram: number) => void): void {
    const { a: wordsA, b: wordsB } = words;
    const { filter, sampling } = this;
    const [dropA, dropB] = [power(MULTIPLIER_A, n - 1), power(MULTIPLIER_B, n - 1)];
    let [a, b] = [0, 0];
    for (let i = 0; i < length; i++) {
      if (i >= n) {
        a = (a - Math.imul(wordsA[i - n]!, dropA)) | 0;
        b = (b - Math.imul(wordsB[i - n]!, dropB)) | 0;
      }
      a = (Math.imul(a, MULTIPLIER_A) + wordsA[i]!) | 0;
      b = (Math.imul(b, MULTIPLIER_B) + wordsB[i]!) | 0;
      if (i < n - 1) continue;
      const first = scrambled(a ^ n);
      if ((filter[first >>> (37 - FILTER_BITS)]! & (1 << ((first >>> (32 - FILTER_BITS)) & 31))) === 0) continue;
      const second = scrambled(b + n);
      if ((filter[second >>> (37 - FILTER_BITS)]! & (1 << ((second >>> (32 - FILTER_BITS)) & 31))) === 0) continue;
      if ((second & sampling) !== 0) continue;
      const number = this.numbers[this.slot(first, second)]!;
      if (number !== 0) found(number - 1);
    }
  }

  /** True when another gram would need a coarser choice: the caller then starts anew with {@link GramTable.sampling} raised. */
  get isFull(): boolean {
    return this.size >= this.most;
  }

  private slot(a: number, b: number): number {
    const mask = this.numbers.length - 1;
    let at = (a ^ (b >>> 7)) & mask;
    while (this.numbers[at] !== 0 && (this.first[at] !== a >>> 0 || this.second[at] !== b >>> 0)) at = (at + 1) & mask;
    return at;
  }

  private mark(hash: number): void {
    this.filter[hash >>> (37 - FILTER_BITS)]! |= 1 << ((hash >>> (32 - FILTER_BITS)) & 31);
  }

  private rebuild(): void {
    const [first, second, numbers] = [this.first, this.second, this.numbers];
    [this.first, this.second, this.numbers] = slots(2 * numbers.length);
    for (let at = 0; at < numbers.length; at++) {
      if (numbers[at] === 0) continue;
      const to = this.slot(first[at]!, second[at]!);
      this.first[to] = first[at]!;
      this.second[to] = second[at]!;
      this.numbers[to] = numbers[at]!;
    }
  }
}

function slots(count: number): [Uint32Array, Uint32Array, Uint32Array] {
  return [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
}

/** Calls `visit` with the place and the hash of each run of `n` words from `start` to before `end`. */
export function eachGram(
  words: Words,
  { n, start, end }: { readonly n: number; readonly start: number; readonly end: number },
  visit: (place: number, a: number, b: number) => void,
): void {
  if (end - start < n) return;
  const [dropA, dropB] = [power(MULTIPLIER_A, n - 1), power(MULTIPLIER_B, n - 1)];
  let [a, b] = [0, 0];
  for (let i = start; i < end; i++) {
    if (i >= start + n) {
      a = (a - Math.imul(words.a[i - n]!, dropA)) | 0;
      b = (b - Math.imul(words.b[i - n]!, dropB)) | 0;
    }
    a = (Math.imul(a, MULTIPLIER_A) + words.a[i]!) | 0;
    b = (Math.imul(b, MULTIPLIER_B) + words.b[i]!) | 0;
    if (i >= start + n - 1) visit(i - n + 1, scrambled(a ^ n), scrambled(b + n));
  }
}

/** Multiplier^n: what a word weighs when it leaves. */
function power(multiplier: number, n: number): number {
  let product = 1;
  for (let i = 0; i < n; i++) product = Math.imul(product, multiplier);
  return product;
}

/** A polynomial's low bits know only the words' low bits; this spreads all of them. */
function scrambled(hash: number): number {
  let x = hash ^ (hash >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
