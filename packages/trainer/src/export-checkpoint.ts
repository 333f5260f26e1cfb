import { join } from 'node:path';
import { readJson } from '@flanlab/files';
import type { Tensor } from '@flanlab/onnx-session';
import { readCheckpoint, STATE_FILE, type TrainerState } from './checkpoint-store.js';
import { saveModel } from './final-save.js';
import { parseRecipe } from './recipe.js';
import { openTrainee } from './trainee.js';

export interface ExportCheckpointOptions {
  /** A folder `checkpoint-<step>` that training left. */
  readonly checkpoint: string;
  /** The model that the training started from. */
  readonly modelDir: string;
  /** Becomes what the training would have left at its end: a model folder, or a PEFT adapter. */
  readonly out: string;
}

/**
 * Makes a model or an adapter of a checkpoint, by the recipe that it was trained with.
 * @throws {TrainerError} `TRAINER_CHECKPOINT_DAMAGED`; and what reading the model throws
 */
export async function exportCheckpoint(options: ExportCheckpointOptions): Promise<{ readonly step: number }> {
  const { checkpoint, modelDir, out } = options;
  const { recipe } = (await readJson(join(checkpoint, STATE_FILE))) as TrainerState;
  const parsed = parseRecipe(recipe);
  const trainee = await openTrainee(modelDir, parsed);
  const { state, tensors } = await readCheckpoint(checkpoint, trainee.trained);
  const parameters: Record<string, Tensor> = {};
  for (const { name } of trainee.trained) parameters[name] = tensors.get(name)!;
  await saveModel(trainee, parameters, { modelDir, out, recipe: parsed });
  return { step: state.step };
}
