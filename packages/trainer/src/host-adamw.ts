import type { FinishContext } from '@flanlab/onnx-session';
import { adamwInPlace } from './adamw-kernel.js';
import { gradientName, moment1Name, moment2Name } from './state-names.js';

/** What the optimizer needs to know of a step. */
export interface HostStep {
  /** All trained parameters, and whether each decays. */
  readonly parameters: readonly { readonly name: string; readonly decays: boolean }[];
  readonly maxGradNorm: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly decay: number;
  readonly stepSize: number;
  readonly epsilon: number;
}

/**
 * Runs in the thread of the session after each step: AdamW on the resident parameters and moments. Rounds as the nodes of
 * `buildTrainingModel` do, so that both give the same bits. Leaves everything as it was when the step was not finite.
 */
export function finish({ outputs, resident, argument }: FinishContext): void {
  const { parameters, maxGradNorm, beta1, beta2, decay, stepSize, epsilon } = argument as HostStep;
  const number = (name: string): number => (outputs[name]!.data as Float32Array)[0]!;
  const norm = number('grad_norm');
  if (!Number.isFinite(Math.fround(number('loss') + norm))) return;
  const f = Math.fround;
  const coefficient = Math.min(1, f(f(maxGradNorm) / f(norm + f(1e-6))));
  const shared = {
    stepSize,
    epsilon,
    gain1: f(coefficient * f(1 - beta1)),
    gain2: f(f(coefficient * coefficient) * f(1 - beta2)),
    beta1,
    beta2,
  };
  const values = (name: string): Float32Array => resident(name).data as Float32Array;
  for (const { name, decays } of parameters) {
    const arrays = {
      parameter: values(name),
      moment1: values(moment1Name(name)),
      moment2: values(moment2Name(name)),
      gradient: outputs[gradientName(name)]!.data as Float32Array,
    };
    adamwInPlace(arrays, { ...shared, decay: decays ? decay : 1 });
  }
}
