import { familyOf } from '../families/families.js';
import { modelParameters, type ParameterSpec } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { findEncoderFamily } from './encoder-families.js';
import { encoderParameters } from './encoder-parameters.js';

/** All parameters of a causal model, or of an encoder with its head, in the order of the forward pass. */
export function anyParameters(config: ModelConfig): readonly ParameterSpec[] {
  return findEncoderFamily(config) === undefined ? modelParameters(config) : encoderParameters(config);
}

/** `model_type` of config.json. */
export function modelTypeOf(config: ModelConfig): string {
  return (findEncoderFamily(config) ?? familyOf(config)).modelType;
}
