import { familyOf } from '../families/families.js';
import {
  headModule,
  type LinearModule,
  linearModules,
  modelParameters,
  type ParameterSpec,
} from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { isSeq2Seq, seq2seqFamilyOf } from '../seq2seq/seq2seq-families.js';
import { seq2seqHeadModule, seq2seqLinearModules, seq2seqParameters } from '../seq2seq/seq2seq-parameters.js';
import { findEncoderFamily } from './encoder-families.js';
import { encoderLinearModules, encoderParameters } from './encoder-parameters.js';

/** All parameters of a causal model, an encoder-decoder, or an encoder with its head, in the order of the forward pass. */
export function anyParameters(config: ModelConfig): readonly ParameterSpec[] {
  if (isSeq2Seq(config)) return seq2seqParameters(config);
  return findEncoderFamily(config) === undefined ? modelParameters(config) : encoderParameters(config);
}

/** The linear layers of any model, as LoRA sees them. */
export function anyLinearModules(config: ModelConfig): readonly LinearModule[] {
  if (isSeq2Seq(config)) return seq2seqLinearModules(config);
  return findEncoderFamily(config) === undefined ? linearModules(config) : encoderLinearModules(config);
}

/** The output layer of any model, where it is a layer of its own: LoRA changes it only if it is named. */
export function anyHeadModule(config: ModelConfig): LinearModule | undefined {
  if (isSeq2Seq(config)) return seq2seqHeadModule(config);
  return findEncoderFamily(config) === undefined ? headModule(config) : undefined;
}

/** `model_type` of config.json. */
export function modelTypeOf(config: ModelConfig): string {
  if (isSeq2Seq(config)) return seq2seqFamilyOf(config).modelType;
  return (findEncoderFamily(config) ?? familyOf(config)).modelType;
}
