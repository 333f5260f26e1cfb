import { seedSequence } from './seed-sequence.js';
import type { Seed } from './seed-words.js';

/** 0x2360ed051fc65da44385df649fccf645 in 16-bit limbs, lowest first. */
const MULTIPLIER = Float64Array.of(0xf645, 0x9fcc, 0xdf64, 0x4385, 0x5da4, 0x1fc6, 0xed05, 0x2360);
const LIMBS = 8;

/**
 * PCG64 (XSL-RR 128/64, O'Neill 2014) as NumPy's `default_rng` uses it. The 128-bit state lies in eight 16-bit limbs
 * held as doubles: a column of products stays below 2^36, so the arithmetic is exact without any `BigInt`.
 */
export class Pcg64 {
  private readonly state = new Float64Array(LIMBS);
  private readonly increment: Float64Array;
  private readonly product = new Float64Array(LIMBS);
  private spare = -1;

  /** High and low half of the last 64-bit output: read them right after `step64()`. */
  high = 0;
  low = 0;

  constructor(seed: Seed) {
    // Words come in pairs, low word first; s0 s1 are the start state and s2 s3 the stream, high half first.
    const words = seedSequence(seed, 8);
    const start = limbs(words[2]!, words[3]!, words[0]!, words[1]!);
    this.increment = oddDouble(limbs(words[6]!, words[7]!, words[4]!, words[5]!));
    this.advance();
    add(this.state, start);
    this.advance();
  }

  /** Draws 64 bits into `high` and `low`. */
  step64(): void {
    this.advance();
    const s = this.state;
    const low = ((s[1]! << 16) | s[0]!) ^ ((s[5]! << 16) | s[4]!);
    const high = ((s[3]! << 16) | s[2]!) ^ ((s[7]! << 16) | s[6]!);
    this.rotateRight(high, low, s[7]! >>> 10);
  }

  /** 32 bits: the low half of a 64-bit draw first, its high half the next time. */
  uint32(): number {
    if (this.spare >= 0) {
      const value = this.spare;
      this.spare = -1;
      return value;
    }
    this.step64();
    this.spare = this.high;
    return this.low;
  }

  /** A double in [0, 1) with 53 random bits. */
  double(): number {
    this.step64();
    return (this.high * 2 ** 21 + (this.low >>> 11)) * 2 ** -53;
  }

  private rotateRight(high: number, low: number, count: number): void {
    const [h, l] = count < 32 ? [high, low] : [low, high];
    const bits = count & 31;
    // A shift by 32 would be a shift by 0 in JavaScript.
    this.high = (bits === 0 ? h : (h >>> bits) | (l << (32 - bits))) >>> 0;
    this.low = (bits === 0 ? l : (l >>> bits) | (h << (32 - bits))) >>> 0;
  }

  /** state = state · multiplier + increment (mod 2^128), schoolbook by columns. */
  private advance(): void {
    const { state, increment, product } = this;
    let carry = 0;
    for (let column = 0; column < LIMBS; column++) {
      let sum = carry + increment[column]!;
      for (let i = 0; i <= column; i++) sum += state[i]! * MULTIPLIER[column - i]!;
      carry = Math.floor(sum / 65_536);
      product[column] = sum - carry * 65_536;
    }
    state.set(product);
  }
}

/** Four 32-bit words, lowest first, as eight 16-bit limbs. */
function limbs(...words: readonly number[]): Float64Array {
  return Float64Array.from(words.flatMap((word) => [word & 0xffff, word >>> 16]));
}

function oddDouble(value: Float64Array): Float64Array {
  const doubled = Float64Array.from(value);
  add(doubled, value);
  doubled[0] = doubled[0]! + 1; // even before, so no carry
  return doubled;
}

function add(target: Float64Array, other: Float64Array): void {
  let carry = 0;
  for (let i = 0; i < LIMBS; i++) {
    const sum = target[i]! + other[i]! + carry;
    carry = sum >= 65_536 ? 1 : 0;
    target[i] = sum - carry * 65_536;
  }
}
