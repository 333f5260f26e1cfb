import type { Provider } from './options.js';
import { matMulModel } from './probe-model.js';
import { openSession } from './session.js';

const SIZE = 64;

/** What one multiplication showed. Times in milliseconds. */
export interface Multiplication {
  readonly openMs: number;
  readonly runMs: number;
  /** Largest difference from the product computed here. Small integers: it should be 0 in any arithmetic. */
  readonly maxError: number;
}

/** Loads a model on the provider, without falling back to the CPU, multiplies two (64, 64) matrices and checks. */
export async function multiplyOn(provider: Provider): Promise<Multiplication> {
  const a = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % 7) - 3);
  const b = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % 5) - 2);
  const extra = provider === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } };
  const started = performance.now();
  await using session = await openSession(matMulModel(), { provider, extra, threads: 1 });
  const opened = performance.now();
  const dims = [SIZE, SIZE];
  const feeds = { a: { type: 'float32', dims, data: a }, b: { type: 'float32', dims, data: b } } as const;
  const { c } = await session.run(feeds);
  const finished = performance.now();
  return {
    openMs: opened - started,
    runMs: finished - opened,
    maxError: largestDifference(a, b, c!.data as Float32Array),
  };
}

function largestDifference(a: Float32Array, b: Float32Array, c: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < SIZE; i++) {
    for (let j = 0; j < SIZE; j++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum += a[i * SIZE + k]! * b[k * SIZE + j]!;
      const difference = Math.abs(sum - c[i * SIZE + j]!);
      largest = Math.max(difference, largest); // NaN counts as a difference
    }
  }
  return largest;
}
