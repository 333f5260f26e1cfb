import type { ModelConfig } from '@flanlab/language-model';
import type { InputParameter } from './frozen-weights.js';
import type { StoredWeight } from './quantization.js';
import type { Recipe } from './recipe.js';
import { trainingSetup } from './trainee.js';
import { buildEvalModel, buildTrainingModel, moment1Name, moment2Name, type ParameterShape } from './training-graph.js';

/** The graphs of a training run, and what has to be fed to them. */
export interface TrainingArtifacts {
  /** Files of an artifacts folder by name, as ONNX Runtime's on-device training calls them. */
  readonly files: Readonly<Record<'training_model.onnx' | 'eval_model.onnx', Uint8Array>>;
  readonly trained: readonly ParameterShape[];
  /** What never changes, and how it lies in memory. */
  readonly frozen: readonly InputParameter[];
  /** Inputs whose next values the training model puts out, in the order of its outputs. */
  readonly state: readonly ParameterShape[];
}

/**
 * Builds the graphs of a run without any weights: forward pass, loss, gradients, clipping and AdamW in one Loop
 * (`training_model.onnx`), and the loss alone (`eval_model.onnx`). They run on every execution provider; see
 * `buildTrainingModel` for inputs and outputs.
 * @param baseModel what an adapter's config will name as its base
 * @param stored the weights of the model folder, whose types frozen ones keep; float32 when left out
 */
export function buildTrainingArtifacts({
  config,
  recipe,
  baseModel = '',
  stored,
}: {
  readonly config: ModelConfig;
  readonly recipe: Recipe;
  readonly baseModel?: string;
  readonly stored?: ReadonlyMap<string, StoredWeight>;
}): TrainingArtifacts {
  const { lossModel, trained, frozen } = trainingSetup(config, recipe, baseModel, stored);
  const renamed = (rename: (name: string) => string): ParameterShape[] =>
    trained.map(({ name, shape }) => ({ name: rename(name), shape }));
  return {
    files: {
      'training_model.onnx': buildTrainingModel(lossModel, trained, frozen, recipe),
      'eval_model.onnx': buildEvalModel(lossModel, [...frozen, ...trained]),
    },
    trained,
    frozen,
    state: [...trained, ...renamed(moment1Name), ...renamed(moment2Name)],
  };
}
