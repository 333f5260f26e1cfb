import { checkWhole } from './errors.js';
import { MersenneTwister } from './mersenne-twister.js';
import { invalidSeed, type Seed, seedWords } from './seed-words.js';

/** NumPy's `numpy.random.RandomState(seed)`, the generator behind `numpy.random.seed` and `numpy.random.choice`. */
export class LegacyNumpy {
  private readonly twister: MersenneTwister;

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(seed: Seed) {
    this.twister = MersenneTwister.fromWord(singleWord(seed));
  }

  /** A double in [0, 1): `random_sample()`. */
  random(): number {
    return this.twister.double();
  }

  /** A whole number in [low, high): `randint(low, high)`; the range may span 2^32 numbers at most. */
  randint(low: number, high: number): number {
    checkWhole('The width of the range', high - low, 1);
    if (high - low > 2 ** 32) checkWhole('2^32 minus the width of the range', 2 ** 32 - (high - low), 0);
    return low + this.twister.atMost(high - low - 1);
  }

  /** `choice(n, size)`: `size` numbers of [0, n) with replacement. */
  choice(n: number, size: number): Uint32Array {
    checkWhole('The size', size, 0);
    return Uint32Array.from({ length: size }, () => this.randint(0, n));
  }

  /** A random order of 0 … n - 1. */
  permutation(n: number): Uint32Array {
    checkWhole('The length', n, 0);
    const order = Uint32Array.from({ length: n }, (_, index) => index);
    for (let i = n - 1; i > 0; i--) {
      const j = this.twister.atMost(i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

function singleWord(seed: Seed): number {
  const words = seedWords(seed);
  if (words.length > 1) throw invalidSeed(seed, 'it exceeds 2^32 - 1');
  return words[0]!;
}
