import { checkWhole } from './errors.js';
import { MersenneTwister } from './mersenne-twister.js';
import { type Seed, seedWords } from './seed-words.js';

/** PyTorch's generator on CPU after `manual_seed(seed)`. */
export class TorchGenerator {
  private readonly twister: MersenneTwister;

  /** @param seed a whole number from 0 up; as in PyTorch only its lowest 32 bits count */
  constructor(seed: Seed) {
    this.twister = MersenneTwister.fromWord(seedWords(seed)[0]!);
  }

  /** Draws 64-bit numbers that nobody wants, such as the base seed that `torch.utils.data.DataLoader` takes first. */
  skip(count: number): void {
    for (let i = 0; i < 2 * count; i++) this.twister.uint32();
  }

  /** `torch.randperm(n, generator=…)`: a random order of 0 … n - 1. */
  randperm(n: number): Uint32Array {
    checkWhole('The length', n, 0);
    const order = Uint32Array.from({ length: n }, (_, index) => index);
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.twister.uint32() % (n - i));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
