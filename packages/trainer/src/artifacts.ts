import type { ModelConfig } from '@flanlab/language-model';
import type { Provider } from '@flanlab/onnx-session';
import type { InputParameter, WeightPlace } from './frozen-weights.js';
import type { StoredWeight } from './quantization.js';
import type { Recipe } from './recipe.js';
import { moment1Name, moment2Name } from './state-names.js';
import { trainingSetup } from './trainee.js';
import { buildEvalModel, buildGradientModel, buildTrainingModel, type ParameterShape } from './training-graph.js';

/**
 * Where AdamW runs. In the `graph`, K steps are one Loop and all state stays on the device. On the `host`, next to the
 * session's thread, it works in place: one pass over the parameters instead of a dozen, and no second copy of any state.
 * Both give the same bits.
 */
export type OptimizerPlace = 'graph' | 'host';

/** Copies over a bus cost more than they save; memory of the processor is not copied at all. */
export const defaultOptimizer = (provider: Provider): OptimizerPlace => (provider === 'cpu' ? 'host' : 'graph');

/** The graphs of a training run, and what has to be fed to them. */
export interface TrainingArtifacts {
  /** Files of an artifacts folder by name, as ONNX Runtime's on-device training calls them. */
  readonly files: Readonly<Record<'training_model.onnx' | 'eval_model.onnx', Uint8Array>>;
  readonly trained: readonly ParameterShape[];
  /** What never changes, and how it lies in memory. */
  readonly frozen: readonly InputParameter[];
  /** Everything a step changes: parameters, then first and second moments. */
  readonly state: readonly ParameterShape[];
}

/**
 * Builds the graphs of a run without any weights: `training_model.onnx`, which has forward pass, loss and gradients, and
 * with the optimizer in the `graph` also clipping and AdamW in one Loop; and `eval_model.onnx`, the loss alone. They run on
 * every execution provider; see `buildTrainingModel` and `buildGradientModel` for inputs and outputs.
 * @param optimizer `graph` when left out
 * @param longestRow tokens of the longest row, for which the graphs are made; `maxLength` when left out
 * @param baseModel what an adapter's config will name as its base
 * @param stored the weights of the model folder, whose types frozen ones keep; float32 when left out
 * @param places frozen parameters that are no inputs, but constants in files beside the graphs
 */
export function buildTrainingArtifacts({
  config,
  recipe,
  baseModel = '',
  stored,
  optimizer = 'graph',
  longestRow,
  places,
}: {
  readonly config: ModelConfig;
  readonly recipe: Recipe;
  readonly baseModel?: string;
  readonly stored?: ReadonlyMap<string, StoredWeight>;
  readonly optimizer?: OptimizerPlace;
  readonly longestRow?: number;
  readonly places?: ReadonlyMap<string, WeightPlace>;
}): TrainingArtifacts {
  const setup = trainingSetup(config, recipe, baseModel, stored, longestRow);
  const { lossModel, trained } = setup;
  const frozen = setup.frozen.map((parameter) => {
    const place = places?.get(parameter.name);
    return place === undefined ? parameter : { ...parameter, place };
  });
  const renamed = (rename: (name: string) => string): ParameterShape[] =>
    trained.map(({ name, shape }) => ({ name: rename(name), shape }));
  const build = optimizer === 'graph' ? buildTrainingModel : buildGradientModel;
  return {
    files: {
      'training_model.onnx': build(lossModel, trained, frozen, recipe),
      'eval_model.onnx': buildEvalModel(lossModel, [...frozen, ...trained]),
    },
    trained,
    frozen,
    state: [...trained, ...renamed(moment1Name), ...renamed(moment2Name)],
  };
}
