import { checkWhole, RandomError } from './errors.js';
import { Pcg64 } from './pcg64.js';
import type { Seed } from './seed-words.js';

/** NumPy's `numpy.random.default_rng(seed)`, draw for draw. */
export class NumpyGenerator {
  private readonly bits: Pcg64;

  /** @param seed a whole number from 0 up */
  constructor(seed: Seed) {
    this.bits = new Pcg64(seed);
  }

  /** A double in [0, 1). */
  random(): number {
    return this.bits.double();
  }

  /** A whole number in [low, high): `integers(low, high)` with the default dtype. */
  integers(low: number, high: number): number {
    checkWhole('The width of the range', high - low, 1);
    const width = high - low;
    if (width === 1) return low;
    return low + (width <= 2 ** 32 ? this.lemire32(width) : this.lemire64(width));
  }

  /** A random order of 0 … n - 1: also what `Dataset.shuffle(seed)` of Python's `datasets` applies. */
  permutation(n: number): Uint32Array {
    checkWhole('The length', n, 0);
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    this.shuffle(order);
    return order;
  }

  /** Shuffles in place. */
  shuffle(items: { [index: number]: unknown; readonly length: number }): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.atMost(i);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  /** `choice(n, size)`: `size` numbers of [0, n) with replacement, all equally likely. */
  choice(n: number, size: number): Uint32Array {
    checkWhole('The size', size, 0);
    return Uint32Array.from({ length: size }, () => this.integers(0, n));
  }

  /**
   * `choice(n, size, p=p)`: `size` numbers of [0, n) with replacement and the given probabilities.
   * @throws {RandomError} `RANDOM_PROBABILITIES_INVALID` unless there are n of them, none negative, with sum 1
   */
  choiceWithP(n: number, size: number, p: readonly number[]): Uint32Array {
    checkWhole('The size', size, 0);
    checkProbabilities(n, p);
    const cumulative = cumulativeShares(p);
    return Uint32Array.from({ length: size }, () => countAtMost(cumulative, this.random()));
  }

  private atMost(max: number): number {
    const mask = 0xffff_ffff >>> Math.clz32(max);
    let value: number;
    do value = (this.bits.uint32() & mask) >>> 0;
    while (value > max);
    return value;
  }

  /** Lemire (2019), arXiv:1805.10941: multiply, keep the high word, reject the few values that would be favoured. */
  private lemire32(width: number): number {
    if (width === 2 ** 32) return this.bits.uint32();
    const threshold = (2 ** 32 - width) % width;
    for (;;) {
      const [high, low] = multiply32(this.bits.uint32(), width);
      if (low >= threshold) return high;
    }
  }

  /** The same on 64 bits, for ranges beyond 2^32: rare enough to spell out with `BigInt`. */
  private lemire64(width: number): number {
    const wide = BigInt(width);
    const threshold = (2n ** 64n - wide) % wide;
    for (;;) {
      this.bits.step64();
      const product = ((BigInt(this.bits.high) << 32n) | BigInt(this.bits.low)) * wide;
      if ((product & 0xffff_ffff_ffff_ffffn) >= threshold) return Number(product >> 64n);
    }
  }
}

/** The exact 64-bit product of two 32-bit numbers as [high word, low word]. */
function multiply32(a: number, b: number): readonly [number, number] {
  const partial = (a & 0xffff) * b; // < 2^48
  const middle = (a >>> 16) * b + Math.floor(partial / 65_536); // < 2^49
  return [Math.floor(middle / 65_536), ((middle % 65_536) * 65_536 + (partial % 65_536)) >>> 0];
}

function cumulativeShares(p: readonly number[]): Float64Array {
  let sum = 0;
  const sums = Float64Array.from(p, (share) => {
    sum += share;
    return sum;
  });
  return sums.map((value) => value / sum);
}

/** How many of the ascending values are at most `x`: NumPy's `searchsorted(…, side='right')`. */
function countAtMost(ascending: Float64Array, x: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkProbabilities(n: number, p: readonly number[]): void {
  const sum = p.reduce((total, share) => total + share, 0);
  const why =
    p.length !== n
      ? `there are ${p.length} of them for ${n} items`
      : p.some((share) => !(share >= 0))
        ? `${p.find((share) => !(share >= 0))} is among them`
        : Math.abs(sum - 1) > Math.sqrt(Number.EPSILON)
          ? `their sum is ${sum}`
          : undefined;
  if (why === undefined) return;
  throw new RandomError(
    'RANDOM_PROBABILITIES_INVALID',
    {
      what: 'The probabilities cannot be used.',
      why: `${why[0]!.toUpperCase()}${why.slice(1)}.`,
      fix: 'Give one number from 0 up for each item and divide them by their sum.',
    },
    { kind: 'usage' },
  );
}
