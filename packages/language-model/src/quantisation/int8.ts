import { largestMagnitude } from './four-bit.js';

/** A matrix in 8 bits with one magnitude for each row. */
export interface Int8Rows {
  /** (rows, columns), -127 … 127 */
  readonly codes: Int8Array;
  /** (rows): the largest magnitude of each. */
  readonly absmax: Float32Array;
}

/** 1/127 as bitsandbytes writes it. */
export const INT8_STEP: number = Math.fround(7.874015718698502e-3);

/**
 * Quantises each row by its largest magnitude, halves to even. Of LLM.int8() this is the weights' part: activations
 * stay in float32 here, so no outlier column has to be kept apart.
 * @see Dettmers et al. 2022, arXiv:2208.07339; bitsandbytes `backends/default/ops.py`, int8_vectorwise_quant
 */
export function quantiseInt8(values: Float32Array, columns: number): Int8Rows {
  const rows = values.length / columns;
  const codes = new Int8Array(values.length);
  const absmax = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const largest = largestMagnitude(values, start, start + columns);
    absmax[row] = largest;
    if (largest === 0) continue;
    // As PyTorch divides a number by a tensor: times the reciprocal. Near ties the quotient gives other codes.
    const factor = Math.fround(Math.fround(1 / largest) * 127);
    for (let i = start; i < start + columns; i++) codes[i] = roundHalfToEven(Math.fround(values[i]! * factor));
  }
  return { codes, absmax };
}

/** The values that codes stand for, in float32 arithmetic. */
export function dequantiseInt8({ codes, absmax }: Int8Rows): Float32Array {
  const columns = codes.length / absmax.length;
  const out = new Float32Array(codes.length);
  for (let row = 0; row < absmax.length; row++) {
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      out[i] = Math.fround(codes[i]! * absmax[row]!) * INT8_STEP;
    }
  }
  return out;
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
