/**
 * What the sixteen codes of a 4-bit weight stand for, before they are multiplied by the largest magnitude of their block.
 * @see Dettmers et al. 2023, QLoRA, arXiv:2305.14314, appendix E; bitsandbytes `functional.py`, get_4bit_type
 */
export const FOUR_BIT_TABLES = {
  /** NormalFloat: quantiles of a normal distribution. */
  nf4: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ],
  /** Sign, two exponent bits, one mantissa bit; the codes do not rise. */
  fp4: [
    0, 0.0052083334885537624, 0.6666666865348816, 1, 0.3333333432674408, 0.5, 0.1666666716337204, 0.25, 0,
    -0.0052083334885537624, -0.6666666865348816, -1, -0.3333333432674408, -0.5, -0.1666666716337204, -0.25,
  ],
} as const satisfies Record<string, readonly number[]>;

export type FourBitType = keyof typeof FOUR_BIT_TABLES;

/** A flat weight in blocks: two codes in a byte, the first in its high half, and one magnitude for each block. */
export interface FourBitBlocks {
  /** ceil(n / 2) */
  readonly codes: Uint8Array;
  /** ceil(n / blockSize): the largest magnitude of each block. */
  readonly absmax: Float32Array;
}

/** Blocks of zeros are divided by it. */
export const SMALLEST: number = Math.fround(1e-38);

/**
 * Quantises as bitsandbytes does, to the same codes: each value divided by the magnitude of its block goes to the nearest
 * code, ties to the lower value. Blocks run over the flat weight and may cross its rows.
 * @see bitsandbytes `backends/default/ops.py`, quantize_4bit
 */
export function quantiseFourBit(values: Float32Array, type: FourBitType, blockSize: number): FourBitBlocks {
  const { bounds, order } = SORTED[type];
  const codes = new Uint8Array(Math.ceil(values.length / 2));
  const absmax = new Float32Array(Math.ceil(values.length / blockSize));
  for (let block = 0; block < absmax.length; block++) {
    const start = block * blockSize;
    const end = Math.min(start + blockSize, values.length);
    const isWhole = end - start === blockSize;
    const largest = largestMagnitude(values, start, end);
    // A short last block is divided, whole ones are multiplied by the reciprocal: near ties that gives other codes.
    const divisor = Math.max(largest, SMALLEST);
    const factor = Math.fround(1 / divisor);
    absmax[block] = isWhole ? largest : divisor;
    for (let i = start; i < end; i++) {
      const scaled = Math.fround(isWhole ? values[i]! * factor : values[i]! / divisor);
      codes[i >> 1]! |= order[countBelow(bounds, scaled)]! << (i % 2 === 0 ? 4 : 0);
    }
  }
  // The half byte that is left over holds what zero quantises to.
  if (values.length % 2 === 1) codes[codes.length - 1]! |= order[countBelow(bounds, 0)]!;
  return { codes, absmax };
}

/** The values that codes stand for, in float32 arithmetic: what every consumer of the weight computes with. */
export function dequantiseFourBit(
  { codes, absmax }: FourBitBlocks,
  { type, blockSize, count }: { readonly type: FourBitType; readonly blockSize: number; readonly count: number },
): Float32Array {
  const table = FOUR_BIT_TABLES[type];
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const pair = codes[i >> 1]!;
    out[i] = table[i % 2 === 0 ? pair >> 4 : pair & 15]! * absmax[Math.floor(i / blockSize)]!;
  }
  return out;
}

/** Number of ascending bounds that are smaller than x. */
export function countBelow(bounds: Float32Array, x: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Half-way points between neighbours of an ascending table, in float32. */
export const midpoints = (sorted: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: sorted.length - 1 }, (_, i) => Math.fround(sorted[i]! + sorted[i + 1]!) / 2);

export function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

function sorted(table: readonly number[]): { readonly bounds: Float32Array; readonly order: readonly number[] } {
  const order = table.map((_, code) => code).sort((a, b) => table[a]! - table[b]!);
  return { bounds: midpoints(order.map((code) => table[code]!)), order };
}

const SORTED = { nf4: sorted(FOUR_BIT_TABLES.nf4), fp4: sorted(FOUR_BIT_TABLES.fp4) } as const;
