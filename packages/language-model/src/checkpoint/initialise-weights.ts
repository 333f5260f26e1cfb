import type { Tensor } from '@flanlab/onnx-session';
import { modelParameters, type ParameterSpec } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { NormalGenerator } from './normal-generator.js';

/**
 * Fresh weights as `transformers` distributes them: linear layers and embeddings normal with the config's
 * `initializer_range` (GPT-2's residual projections divided by √(2·layers)), norms one, biases zero. Deterministic:
 * each parameter has a stream of its own, made of the seed and its name, so adding a layer changes no other.
 * @param seed a whole number; its low 32 bits count
 */
export function initialiseWeights(config: ModelConfig, seed: number): Map<string, Tensor> {
  return initialiseParameters(modelParameters(config), seed);
}

/** {@link initialiseWeights} for any list of parameters. */
export function initialiseParameters(parameters: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  return new Map(
    parameters.map(({ name, shape, initialisation }) => {
      const data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
      if (initialisation === 'ones') data.fill(1);
      else if (initialisation !== 'zeros') fillNormal(data, initialisation.normal, new NormalGenerator(seed, name));
      return [name, { type: 'float32', dims: shape, data }];
    }),
  );
}

function fillNormal(data: Float32Array, deviation: number, generator: NormalGenerator): void {
  for (let i = 0; i < data.length; i++) data[i] = deviation * generator.next();
}
