import { join } from 'node:path';
import { writeFolderAtomic, writeJson } from '@flanlab/files';
import { writeCheckpoint, writeSafetensors } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import type { Recipe } from './recipe.js';
import type { Trainee } from './trainee.js';

/** Saves what was trained: a model folder, or an adapter folder in PEFT's format. Atomic; an older one gives way. */
export async function saveModel(
  trainee: Trainee,
  recipe: Recipe,
  parameters: Readonly<Record<string, Tensor>>,
  { modelDir, out }: { readonly modelDir: string; readonly out: string },
): Promise<void> {
  const { config, adapted } = trainee;
  if (recipe.lora === undefined) {
    await writeCheckpoint(out, { config, tensors: new Map(Object.entries(parameters)), tokenizerFrom: modelDir });
    return;
  }
  const { rank, alpha, dropout } = recipe.lora;
  await writeFolderAtomic(
    out,
    async (folder) => {
      const tensors = Object.entries(parameters).map(([name, tensor]) => [`base_model.model.${name}`, tensor] as const);
      await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
      await writeJson(join(folder, 'adapter_config.json'), {
        r: rank,
        lora_alpha: alpha,
        lora_dropout: dropout,
        target_modules: adapted.map(({ name }) => name),
        peft_type: 'LORA',
        base_model_name_or_path: modelDir,
      });
    },
    { replace: true },
  );
}
