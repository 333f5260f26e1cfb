import { hashWeights, writeAdapter, writeCheckpoint } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import type { Recipe } from './recipe.js';
import { type RoundingLoss, roundTensors, saveDtypeOf } from './save-dtype.js';
import type { Trainee } from './trainee.js';

export interface SaveOptions {
  readonly modelDir: string;
  readonly out: string;
  readonly recipe: Pick<Recipe, 'saveDtype' | 'quantization'>;
}

/**
 * Saves what was trained: a model folder, or an adapter folder in PEFT's format. Atomic; an older one gives way. Gives what
 * rounding to 16 bits took, where the recipe asks for that.
 */
export async function saveModel(
  trainee: Trainee,
  parameters: Readonly<Record<string, Tensor>>,
  { modelDir, out, recipe }: SaveOptions,
): Promise<RoundingLoss | undefined> {
  const { config, adapter, stored } = trainee;
  const tensors = new Map(Object.entries(parameters));
  if (adapter !== undefined) {
    // Whoever loads the adapter can tell whether it sits on the weights it was trained on, and how those lay in memory.
    const base = { base_sha256: await hashWeights(stored) };
    const quantization = recipe.quantization && { base_quantization: JSON.stringify(recipe.quantization) };
    await writeAdapter(out, { model: config, config: adapter, tensors, metadata: { ...base, ...quantization } });
    return undefined;
  }
  const dtype = saveDtypeOf(recipe.saveDtype, stored);
  if (dtype === 'float32') {
    await writeCheckpoint(out, { config, tensors, tokenizerFrom: modelDir });
    return undefined;
  }
  const rounded = roundTensors(tensors, dtype);
  await writeCheckpoint(out, { config, tensors: rounded.tensors, dtype, tokenizerFrom: modelDir });
  return rounded.loss;
}
