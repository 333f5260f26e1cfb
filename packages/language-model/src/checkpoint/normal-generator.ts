/**
 * Deterministic normal numbers of mean 0 and deviation 1: xoshiro128** (Blackman & Vigna 2018, arXiv:1805.01407)
 * seeded by splitmix32, then Marsaglia's polar method, which needs only `Math.log` and `Math.sqrt`. Every machine gives
 * the same float32 numbers as long as its `Math.log` agrees to float32, which V8's own port of fdlibm does everywhere.
 */
export class NormalGenerator {
  readonly #state = new Uint32Array(4);
  #spare: number | undefined;

  /** @param seed a whole number; its low 32 bits count @param stream another sequence of the same seed */
  constructor(seed: number, stream = '') {
    let x = seed >>> 0;
    for (let i = 0; i < stream.length; i++) x = Math.imul(x ^ stream.charCodeAt(i), 0x01000193) >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#state[i] = z ^ (z >>> 16);
    }
  }

  /** A generator whose four state words are given; not all zero. */
  static fromState(words: readonly [number, number, number, number]): NormalGenerator {
    const generator = new NormalGenerator(0);
    generator.#state.set(words);
    return generator;
  }

  /** 32 random bits. */
  nextBits(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1] = s1 ^ s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  next(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const u = (this.nextBits() + 0.5) / 2 ** 31 - 1;
      const v = (this.nextBits() + 0.5) / 2 ** 31 - 1;
      const r = u * u + v * v;
      if (r >= 1 || r === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(r)) / r);
      this.#spare = v * scale;
      return u * scale;
    }
  }
}
