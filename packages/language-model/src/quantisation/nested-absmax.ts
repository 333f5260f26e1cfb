import { countBelow, largestMagnitude, midpoints, SMALLEST } from './four-bit.js';

/** Magnitudes that share one magnitude of their own. */
export const NESTED_BLOCK = 256;

/** Magnitudes of blocks, quantised once more: map[codes[i]] · absmax[i / 256] + offset. */
export interface NestedAbsmax {
  readonly codes: Uint8Array;
  /** One for each 256 codes. */
  readonly absmax: Float32Array;
  /** Mean of the magnitudes; a float32. */
  readonly offset: number;
}

/**
 * The 256 values of the dynamic 8-bit type, ascending: seven decades with ever finer fractions, 0 and 1. In float32
 * arithmetic throughout, for the same bits as bitsandbytes'.
 * @see Dettmers 2015, arXiv:1511.04561; bitsandbytes `functional.py`, create_dynamic_map
 */
export const DYNAMIC_MAP: Float32Array = dynamicMap();

function dynamicMap(): Float32Array {
  const { fround } = Math;
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const bounds = linspace(0.1, 1, 2 ** decade + 1);
    const scale = fround(10 ** (decade - 6));
    for (let i = 0; i + 1 < bounds.length; i++) {
      const value = fround(scale * fround(fround(bounds[i]! + bounds[i + 1]!) / 2));
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** As torch.linspace in float32: from both ends towards the middle. */
function linspace(from: number, to: number, count: number): Float32Array {
  const { fround } = Math;
  const [start, end] = [fround(from), fround(to)];
  const step = fround(fround(end - start) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? start + step * i : end - step * (count - 1 - i),
  );
}

const BOUNDS = midpoints(DYNAMIC_MAP);

/**
 * Double quantisation: magnitudes minus their mean, in the dynamic 8-bit type. The mean is taken in double precision and
 * rounded; bitsandbytes adds in float32, in an order that depends on the machine, so its offset may differ in the last
 * bits (a file's own is always used as it stands). Codes are those of its plain implementation; near ties its kernels differ
 * among themselves.
 * @see bitsandbytes `backends/default/ops.py`, quantize_blockwise
 */
export function nestAbsmax(magnitudes: Float32Array): NestedAbsmax {
  let sum = 0;
  for (const magnitude of magnitudes) sum += magnitude;
  const offset = Math.fround(sum / magnitudes.length);
  const centred = magnitudes.map((magnitude) => magnitude - offset);
  const codes = new Uint8Array(magnitudes.length);
  const absmax = new Float32Array(Math.ceil(magnitudes.length / NESTED_BLOCK));
  for (let block = 0; block < absmax.length; block++) {
    const start = block * NESTED_BLOCK;
    const end = Math.min(start + NESTED_BLOCK, centred.length);
    const largest = largestMagnitude(centred, start, end);
    const divisor = Math.max(largest, SMALLEST);
    const factor = Math.fround(1 / divisor);
    // As in quantiseFourBit: a short last block is divided, which near ties gives other codes than the reciprocal.
    const isWhole = end - start === NESTED_BLOCK;
    absmax[block] = isWhole ? largest : divisor;
    for (let i = start; i < end; i++) {
      codes[i] = countBelow(BOUNDS, Math.fround(isWhole ? centred[i]! * factor : centred[i]! / divisor));
    }
  }
  return { codes, absmax, offset };
}

/** The magnitudes that nested ones stand for. */
export function expandAbsmax({ codes, absmax, offset }: NestedAbsmax): Float32Array {
  const out = new Float32Array(codes.length);
  for (let i = 0; i < out.length; i++) {
    const scaled = Math.fround(DYNAMIC_MAP[codes[i]!]! * absmax[Math.floor(i / NESTED_BLOCK)]!);
    out[i] = scaled + offset;
  }
  return out;
}
