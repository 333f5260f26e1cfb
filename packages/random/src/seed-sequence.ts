import { type Seed, seedWords } from './seed-words.js';

const POOL_SIZE = 4;

/**
 * NumPy's `SeedSequence(seed).generate_state(count)` (32-bit words): spreads the seed's few bits over a pool of four
 * words, so that similar seeds give unrelated streams. M. O'Neill's `seed_seq` design.
 */
export function seedSequence(seed: Seed, count: number): Uint32Array {
  const pool = mixedPool(seedWords(seed));
  const out = new Uint32Array(count);
  let constant = 0x8b51_f9dd;
  for (let i = 0; i < count; i++) {
    let value = pool[i % POOL_SIZE]! ^ constant;
    constant = Math.imul(constant, 0x58f3_8ded);
    value = Math.imul(value, constant);
    out[i] = value ^ (value >>> 16);
  }
  return out;
}

function mixedPool(entropy: Uint32Array): Uint32Array {
  const pool = new Uint32Array(POOL_SIZE);
  let constant = 0x43b0_d7e5;
  const hash = (word: number): number => {
    let value = word ^ constant;
    constant = Math.imul(constant, 0x931e_8875);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  };
  for (let i = 0; i < POOL_SIZE; i++) pool[i] = hash(entropy[i] ?? 0);
  for (let source = 0; source < POOL_SIZE; source++) {
    for (let target = 0; target < POOL_SIZE; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, hash(pool[source]!));
    }
  }
  for (let extra = POOL_SIZE; extra < entropy.length; extra++) {
    for (let target = 0; target < POOL_SIZE; target++) pool[target] = mix(pool[target]!, hash(entropy[extra]!));
  }
  return pool;
}

function mix(x: number, y: number): number {
  const mixed = Math.imul(0xca01_f9dd, x) - Math.imul(0x4973_f715, y);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
