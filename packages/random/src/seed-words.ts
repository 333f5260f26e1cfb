import { RandomError } from './errors.js';

/** A whole number; beyond 2^53 - 1 it has to be a `bigint`. */
export type Seed = number | bigint;

/** Splits a non-negative whole number into 32-bit words, lowest first; zero is one zero word. */
export function seedWords(seed: Seed): Uint32Array {
  let rest = wholeSeed(seed);
  if (rest < 0n) throw invalidSeed(seed, 'it is negative');
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffff_ffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return Uint32Array.from(words);
}

/** The seed as a `bigint`, whatever it came as. */
export function wholeSeed(seed: Seed): bigint {
  if (typeof seed === 'bigint') return seed;
  if (!Number.isSafeInteger(seed)) throw invalidSeed(seed, 'it is no whole number that JavaScript holds exactly');
  return BigInt(seed);
}

export function invalidSeed(seed: Seed, why: string): RandomError {
  return new RandomError(
    'RANDOM_SEED_INVALID',
    {
      what: `The seed ${seed} cannot be used.`,
      why: `For this generator ${why}.`,
      fix: 'Give a whole number from 0 up, as bigint beyond 2^53 - 1.',
    },
    { kind: 'usage' },
  );
}
