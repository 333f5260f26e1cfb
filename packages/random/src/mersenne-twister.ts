const N = 624;
const M = 397;

/**
 * MT19937 of Matsumoto and Nishimura (1998), the engine under CPython's `random`, NumPy's `RandomState` and the
 * generator of PyTorch on CPU. They differ only in how they seed it and in what they make of its 32-bit outputs.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(N);
  private next = N;

  private constructor() {}

  /** `init_genrand`: seeding by one 32-bit word, as NumPy's legacy seeding and PyTorch do it. */
  static fromWord(word: number): MersenneTwister {
    const twister = new MersenneTwister();
    const { state } = twister;
    state[0] = word;
    for (let i = 1; i < N; i++) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1_812_433_253, previous) + i;
    }
    return twister;
  }

  /** `init_by_array`: seeding by any number of 32-bit words, as CPython does it. */
  static fromWords(words: Uint32Array): MersenneTwister {
    const twister = MersenneTwister.fromWord(19_650_218);
    const { state } = twister;
    let i = 1;
    let j = 0;
    for (let k = Math.max(N, words.length); k > 0; k--) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = (state[i]! ^ Math.imul(previous, 1_664_525)) + words[j]! + j;
      if (++i === N) {
        state[0] = state[N - 1]!;
        i = 1;
      }
      if (++j === words.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = (state[i]! ^ Math.imul(previous, 1_566_083_941)) - i;
      if (++i === N) {
        state[0] = state[N - 1]!;
        i = 1;
      }
    }
    state[0] = 0x8000_0000;
    return twister;
  }

  /** The next output, 0 to 2^32 - 1. */
  uint32(): number {
    if (this.next === N) this.refill();
    let y = this.state[this.next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A double in [0, 1) with 53 random bits, from two outputs. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** Masked rejection: outputs cut to the bit length of `max`, until one is at most `max` (0 to 2^32 - 1). */
  atMost(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffff_ffff >>> Math.clz32(max);
    let value: number;
    do value = (this.uint32() & mask) >>> 0;
    while (value > max);
    return value;
  }

  private refill(): void {
    const { state } = this;
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % N]! & 0x7fff_ffff);
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
    }
    this.next = 0;
  }
}
