import type { Tensor } from '@flanlab/onnx-session';
import { expect } from 'vitest';
import type { StepResult } from './stepper.js';

/** Steps that PyTorch took: `conformance/trainer.py` and `conformance/seq2seq_training.py`. */
export interface GoldenSteps {
  /** Rows of each batch of each step. */
  readonly steps: readonly (readonly (readonly { readonly ids: number[]; readonly labels: number[] }[])[])[];
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly learningRates: readonly number[];
  /** Sum, and sum of absolute values, of each trained weight. */
  readonly weightSums: Readonly<Record<string, readonly [number, number]>>;
}

export const relative = (actual: number, wanted: number): number => Math.abs(actual - wanted) / Math.abs(wanted);

/** Compares losses, norms and rates of all steps. */
export function expectSteps(
  results: readonly StepResult[],
  expected: Pick<GoldenSteps, 'losses' | 'gradNorms' | 'learningRates'>,
): void {
  expect(results).toHaveLength(expected.losses.length);
  for (const [i, { loss, gradNorm, learningRate }] of results.entries()) {
    // float32 in another order of additions: 1e-6 a step, which training amplifies.
    expect(relative(loss, expected.losses[i]!)).toBeLessThan(1e-4);
    expect(relative(gradNorm, expected.gradNorms[i]!)).toBeLessThan(1e-3);
    expect(learningRate).toBeCloseTo(expected.learningRates[i]!, 12);
  }
}

/** Compares the weights after the last step, by their sums. */
export function expectWeights(
  parameters: Readonly<Record<string, Tensor>>,
  { weightSums }: Pick<GoldenSteps, 'weightSums'>,
): void {
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(weightSums).sort());
  for (const [name, [sum, absolute]] of Object.entries(weightSums)) {
    const data = parameters[name]!.data as Float32Array;
    const [total, size] = [data.reduce((a, x) => a + x, 0), data.reduce((a, x) => a + Math.abs(x), 0)];
    expect(Math.abs(total - sum) / absolute, name).toBeLessThan(1e-4);
    expect(relative(size, absolute), name).toBeLessThan(1e-4);
  }
}
