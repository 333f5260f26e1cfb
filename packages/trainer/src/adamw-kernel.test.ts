import { describe, expect, it } from 'vitest';
import { adamwInPlace } from './adamw-kernel.js';

const f = Math.fround;
const factors = {
  decay: f(0.99),
  stepSize: f(1e-3),
  epsilon: f(1e-8),
  gain1: f(0.1),
  gain2: f(0.001),
  beta1: f(0.9),
  beta2: f(0.999),
};

/** The same update, one element at a time. */
function reference(
  parameter: number,
  moment1: number,
  moment2: number,
  gradient: number,
): { parameter: number; moment1: number; moment2: number } {
  const { decay, stepSize, epsilon, gain1, gain2, beta1, beta2 } = factors;
  const m = f(f(moment1 * beta1) + f(gradient * gain1));
  const v = f(f(moment2 * beta2) + f(f(gradient * gradient) * gain2));
  const direction = f(m / f(f(Math.sqrt(v)) + epsilon));
  return { parameter: f(f(parameter * decay) - f(direction * stepSize)), moment1: m, moment2: v };
}

/** Numbers of many magnitudes, from a linear congruential generator. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length }, () => (next() - 0.5) * 10 ** (next() * 12 - 8));
}

describe.each([1, 3, 4, 4095, 4096, 4097, 10_001])('%i elements', (length) => {
  it('are updated as one by one, to the bit', () => {
    const arrays = {
      parameter: numbers(length, 1),
      moment1: numbers(length, 2),
      moment2: numbers(length, 3).map(Math.abs),
      gradient: numbers(length, 4),
    };
    const before = structuredClone(arrays);
    adamwInPlace(arrays, factors);
    for (let i = 0; i < length; i++) {
      const wanted = reference(before.parameter[i]!, before.moment1[i]!, before.moment2[i]!, before.gradient[i]!);
      expect(arrays.parameter[i]).toBe(wanted.parameter);
      expect(arrays.moment1[i]).toBe(wanted.moment1);
      expect(arrays.moment2[i]).toBe(wanted.moment2);
    }
    expect(arrays.gradient).toEqual(before.gradient);
  });
});

it('works on parts of a larger buffer and leaves the rest alone', () => {
  const buffer = new Float32Array(12).fill(7);
  const part = (start: number): Float32Array => buffer.subarray(start, start + 3);
  adamwInPlace({ parameter: part(0), moment1: part(3), moment2: part(6), gradient: Float32Array.of(1, 2, 3) }, factors);
  expect([...buffer.subarray(9)]).toEqual([7, 7, 7]);
  expect(buffer[0]).not.toBe(7);
});
