import { checkWhole, RandomError } from './errors.js';
import { MersenneTwister } from './mersenne-twister.js';
import { type Seed, seedWords, wholeSeed } from './seed-words.js';

const FEW = 16;

/**
 * CPython's `random.Random(seed)` (3.11 and later), draw for draw: the same calls in the same order give the same values.
 * The Python methods are named in each comment where the name differs.
 */
export class PythonRandom {
  private readonly twister: MersenneTwister;
  private spareGauss: number | undefined;

  /** @param seed any whole number; as in CPython its sign is dropped */
  constructor(seed: Seed) {
    const whole = wholeSeed(seed);
    this.twister = MersenneTwister.fromWords(seedWords(whole < 0n ? -whole : whole));
  }

  /** A double in [0, 1). */
  random(): number {
    return this.twister.double();
  }

  /** A whole number of `bits` random bits, 0 to 53 of them. */
  getrandbits(bits: number): number {
    checkWhole('The number of bits', bits, 0);
    if (bits > 53) checkWhole('2 to the number of bits', 2 ** bits, 0);
    if (bits === 0) return 0;
    if (bits <= 32) return this.twister.uint32() >>> (32 - bits);
    const low = this.twister.uint32();
    return (this.twister.uint32() >>> (64 - bits)) * 2 ** 32 + low;
  }

  /** A whole number in [0, n), `Random._randbelow`. */
  randbelow(n: number): number {
    checkWhole('The bound', n, 1);
    return this.below(n);
  }

  /** A whole number in [start, stop), or in [0, start) when called with one argument. */
  randrange(start: number, stop?: number): number {
    return stop === undefined ? this.randbelow(start) : start + this.randbelow(stop - start);
  }

  /** A whole number in [low, high], both ends included. */
  randint(low: number, high: number): number {
    return this.randrange(low, high + 1);
  }

  /** A double between `low` and `high`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** Normally distributed; equal to CPython's except that the last bit may differ where the C library's `cos` does. */
  gauss(mean = 0, deviation = 1): number {
    let z = this.spareGauss;
    this.spareGauss = undefined;
    if (z === undefined) {
      const angle = this.random() * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      z = Math.cos(angle) * radius;
      this.spareGauss = Math.sin(angle) * radius;
    }
    return mean + z * deviation;
  }

  /** One of the items. */
  choice<Item>(items: readonly Item[]): Item {
    return items[this.randbelow(items.length)]!;
  }

  /** `k` distinct numbers of [0, population), or `k` items from different positions, in the order drawn. */
  sample(population: number, k: number): number[];
  sample<Item>(population: readonly Item[], k: number): Item[];
  sample<Item>(population: number | readonly Item[], k: number): (number | Item)[] {
    if (typeof population === 'number') return this.sampleIndices(population, k);
    return this.sampleIndices(population.length, k).map((index) => population[index]!);
  }

  /** Shuffles in place. */
  shuffle<Item>(items: Item[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  }

  private sampleIndices(n: number, k: number): number[] {
    checkWhole('The population', n, 0);
    checkWhole('The sample size', k, 0);
    if (k > n) {
      throw new RandomError(
        'RANDOM_SAMPLE_TOO_LARGE',
        {
          what: `A sample of ${k} was asked for.`,
          why: `The population holds only ${n}.`,
          fix: 'Ask for fewer, or use more rows.',
        },
        { kind: 'usage' },
      );
    }
    // Either way below draws one number once, without the lists.
    if (k === 1) return [this.below(n)];
    // CPython's rule: a copied pool costs less than a set of the drawn ones while the population is this small.
    const poolSize = 21 + (k > 5 ? 4 ** Math.ceil(Math.log(k * 3) / Math.log(4)) : 0);
    return n <= poolSize ? this.sampleFromPool(n, k) : this.sampleWithRejection(n, k);
  }

  private sampleFromPool(n: number, k: number): number[] {
    const pool = Array.from({ length: n }, (_, index) => index);
    const drawn: number[] = [];
    for (let i = 0; i < k; i++) {
      const j = this.below(n - i);
      drawn.push(pool[j]!);
      pool[j] = pool[n - i - 1]!;
    }
    return drawn;
  }

  private sampleWithRejection(n: number, k: number): number[] {
    const drawn: number[] = [];
    // Few are looked through faster than a set is made.
    const known = k > FEW ? new Set<number>() : undefined;
    while (drawn.length < k) {
      const value = this.below(n);
      if (known ? known.has(value) : drawn.includes(value)) continue;
      drawn.push(value);
      known?.add(value);
    }
    return drawn;
  }

  private below(n: number): number {
    const bits = n < 2 ** 32 ? 32 - Math.clz32(n) : 32 + (32 - Math.clz32(Math.floor(n / 2 ** 32)));
    let value: number;
    do value = this.getrandbits(bits);
    while (value >= n);
    return value;
  }
}
