/** One entry of `fixtures/quantisation/cases.json`. */
export interface QuantisedCase {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly seed: number;
  /** The weight was rounded to this before it was quantised. */
  readonly dtype: string;
  readonly blockSize?: number;
  readonly doubleQuant?: boolean;
  /** Of the dequantised float32 values. */
  readonly sha256: string;
  readonly largestError: number;
}

/** The numbers of `weight` in conformance/quantisation.py. */
export function testWeight(shape: readonly number[], seed: number): Float32Array {
  let state = seed;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const unit = state / 2 ** 32 - 0.5;
    values[i] = unit * unit * unit * (1 + (Math.floor(i / 500) % 7));
  }
  if (seed === 3) values.fill(0, 0, 70);
  return values;
}
