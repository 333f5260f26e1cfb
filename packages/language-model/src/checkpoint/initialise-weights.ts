import type { Tensor } from '@flanlab/onnx-session';
import { type AdapterConfig, adapterParameters } from '../adapter/adapter-config.js';
import { anyParameters } from '../encoder/any-parameters.js';
import type { Initialisation } from '../families/family.js';
import type { ParameterSpec } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { NormalGenerator } from './normal-generator.js';

/**
 * Fresh weights as `transformers` distributes them: linear layers and embeddings normal with the config's
 * `initializer_range` (GPT-2's residual projections divided by √(2·layers)), norms one, biases zero. Deterministic:
 * each parameter has a stream of its own, made of the seed and its name, so adding a layer changes no other.
 * @param seed a whole number; its low 32 bits count
 */
export function initialiseWeights(config: ModelConfig, seed: number): Map<string, Tensor> {
  return initialiseParameters(anyParameters(config), seed);
}

/** {@link initialiseWeights} for any list of parameters. */
export function initialiseParameters(parameters: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  return new Map(
    parameters.map(({ name, shape, initialisation }) => {
      const data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
      if (initialisation === 'ones') data.fill(1);
      else if (initialisation !== 'zeros') fillRandom(data, initialisation, new NormalGenerator(seed, name));
      return [name, { type: 'float32', dims: shape, data }];
    }),
  );
}

function fillRandom(data: Float32Array, how: Exclude<Initialisation, string>, generator: NormalGenerator): void {
  if ('normal' in how) for (let i = 0; i < data.length; i++) data[i] = how.normal * generator.next();
  else for (let i = 0; i < data.length; i++) data[i] = how.uniform * ((generator.nextBits() + 0.5) / 2 ** 31 - 1);
}

/** A fresh adapter, by PEFT's names: A uniform in ±1/√in, B zero, so that it changes nothing yet. */
export function initialiseAdapter(model: ModelConfig, config: AdapterConfig, seed: number): Map<string, Tensor> {
  return initialiseParameters(adapterParameters(model, config), seed);
}
