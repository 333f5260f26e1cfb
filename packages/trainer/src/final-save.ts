import { hashWeights, writeAdapter, writeCheckpoint } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import type { Trainee } from './trainee.js';

/** Saves what was trained: a model folder, or an adapter folder in PEFT's format. Atomic; an older one gives way. */
export async function saveModel(
  trainee: Trainee,
  parameters: Readonly<Record<string, Tensor>>,
  { modelDir, out }: { readonly modelDir: string; readonly out: string },
): Promise<void> {
  const { config, adapter, stored } = trainee;
  const tensors = new Map(Object.entries(parameters));
  if (adapter === undefined) {
    await writeCheckpoint(out, { config, tensors, tokenizerFrom: modelDir });
  } else {
    // Whoever loads the adapter can tell whether it sits on the weights it was trained on.
    const metadata = { base_sha256: await hashWeights(stored) };
    await writeAdapter(out, { model: config, config: adapter, tensors, metadata });
  }
}
