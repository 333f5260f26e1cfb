import type { Tensor } from '@flanlab/onnx-session';
import { TrainerError } from './errors.js';

/** Name of the first tensor that holds a value which is not finite. */
export async function firstNonFinite(
  tensors: Iterable<readonly [string, Tensor]> | AsyncIterable<readonly [string, Tensor]>,
): Promise<string | undefined> {
  for await (const [name, { data }] of tensors) if (data instanceof Float32Array && !allFinite(data)) return name;
  return undefined;
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** A checkpoint of such values would be no help: better none, and the one before stays. */
export async function checkFinite(step: number, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const name = await firstNonFinite(Object.entries(tensors));
  if (name === undefined) return;
  throw new TrainerError(
    'TRAINER_NON_FINITE',
    {
      what: `Training stopped after step ${step}, and saves nothing of it.`,
      why: `The first tensor that is not finite is ${name}.`,
      fix: 'The last checkpoint is from before. Lower learningRate, or lengthen the warm-up.',
    },
    { kind: 'numeric' },
  );
}

/** Codes of 4 or 8 bits have no NaN: a run would go on with a number in its place. */
export async function checkStart(
  name: string,
  weight: { readonly float32: () => Promise<Float32Array> },
): Promise<void> {
  if (allFinite(await weight.float32())) return;
  throw new TrainerError(
    'TRAINER_NON_FINITE',
    { what: 'Training cannot start.', ...startFault(name) },
    { kind: 'numeric' },
  );
}

const startFault = (name: string) => ({
  why: `The model it starts from holds a value that is not finite: the first is in ${name}.`,
  fix: 'Get the model folder anew, or mend the program that wrote it.',
});

/** What a step threw; if a start value is to blame, an error that says so. */
export async function blameStart(
  error: unknown,
  start: () => AsyncIterable<readonly [string, Tensor]>,
): Promise<unknown> {
  if (!(error instanceof TrainerError) || error.code !== 'TRAINER_NON_FINITE') return error;
  const name = await firstNonFinite(start());
  if (name === undefined) return error;
  return new TrainerError(
    'TRAINER_NON_FINITE',
    { what: error.what, ...startFault(name) },
    { kind: 'numeric', cause: error },
  );
}
