export { type Adapter, type AdapterContent, adapterHook, readAdapter, writeAdapter } from './adapter/adapter.js';
export { ADAPTER_BASE_KEY, checkAdapterBase, hashWeights } from './adapter/adapter-base.js';
export {
  type AdapterConfig,
  adapterParameters,
  adapterRank,
  adapterScale,
  adapterTensorNames,
  parseAdapterConfig,
} from './adapter/adapter-config.js';
export { type AdapterTargets, adapterModules } from './adapter/adapter-targets.js';
export { type LogitChange, logitChange } from './adapter/logit-change.js';
export { mergeAdapter, unmergeAdapter, type WeightChange, weightChanges } from './adapter/merge-adapter.js';
export { initialiseAdapter, initialiseWeights } from './checkpoint/initialise-weights.js';
export { type Checkpoint, readCheckpoint, readModelConfig } from './checkpoint/read-checkpoint.js';
export { type CheckpointContent, copyTokenizer, writeCheckpoint } from './checkpoint/write-checkpoint.js';
export { ENCODER_FAMILIES, type EncoderFamilyName } from './encoder/encoder-families.js';
export type {
  EncoderBlockLayout,
  EncoderFamilySpec,
  EncoderLayout,
  MaskedHeadLayout,
} from './encoder/encoder-family.js';
export { type EncoderInputs, encoderHidden } from './encoder/encoder-graph.js';
export { encoderLinearModules, encoderParameters } from './encoder/encoder-parameters.js';
export type { TokenizedText } from './encoder/encoder-tokenizer.js';
export { type MaskedBatch, maskedLogits, maskedLoss } from './encoder/masked-loss.js';
export {
  type EncodedText,
  type EncodeOptions,
  type Encoder,
  type OpenEncoderOptions,
  openEncoder,
} from './encoder/open-encoder.js';
export {
  type EncoderCheckpoint,
  parseEncoderConfig,
  type ReadEncoderOptions,
  readEncoderCheckpoint,
} from './encoder/read-encoder.js';
export { LANGUAGE_MODEL_ERROR_CODES, LanguageModelError } from './errors.js';
export { describeModel, type ModelSummary, type ModuleSummary } from './export/describe-model.js';
export { EXPORT_TYPES, type ExportType, exportModel } from './export/export-model.js';
export { type ExportOptions, exportOnnx } from './export/export-onnx.js';
export { FAMILIES, type FamilyName } from './families/families.js';
export type {
  BlockLayout,
  DecoderLayout,
  EmbeddingSpec,
  FamilySpec,
  Initialisation,
  LinearSpec,
  NormSpec,
  ProjectionsSpec,
} from './families/family.js';
export { type LinearModule, linearModules, modelParameters, type ParameterSpec } from './families/parameters.js';
export { parseModelConfig } from './families/parse-config.js';
export { generate } from './generation/generate.js';
export type { Generated, GenerateOptions, Generator } from './generation/generator.js';
export { type OpenGeneratorOptions, openGenerator } from './generation/open-generator.js';
export { type PromptOptions, type PromptTokens, promptTokens } from './generation/prompt-tokens.js';
export { type ScoredContinuation, type ScoreOptions, scoreContinuations } from './generation/score-continuations.js';
export { type FlippedAnswer, verifyGeneration } from './generation/verify-generation.js';
export {
  type Attend,
  type AttentionInputs,
  attention,
  attentionScores,
  attentionValues,
  causalMask,
  MASKED_SCORE,
} from './graph/attention.js';
export { type DecoderInputs, decoderHidden, decoderLogits } from './graph/decoder.js';
export type { HeadGradients } from './graph/head-loss.js';
export {
  type CausalBatch,
  causalLoss,
  crossEntropySum,
  IGNORE_INDEX,
  type LossOptions,
  type LossSum,
} from './graph/loss.js';
export type { ModelDropout } from './graph/model-dropout.js';
export type { LinearHook, ModelParts, Parameters } from './graph/parts.js';
export type {
  Activation,
  BlockArrangement,
  EncoderDecoderSpec,
  JsonObject,
  ModelConfig,
  RotaryScaling,
  RotarySpec,
} from './model-config.js';
export {
  decodeRows,
  decodeWeight,
  encodedBytes,
  encodeWeight,
  encodingOpset,
  WEIGHT_ENCODINGS,
  weightParts,
} from './quantisation/encodings.js';
export {
  dequantiseFourBit,
  FOUR_BIT_TABLES,
  type FourBitBlocks,
  type FourBitType,
  quantiseFourBit,
} from './quantisation/four-bit.js';
export { dequantiseInt8, type Int8Rows, quantiseInt8 } from './quantisation/int8.js';
export { expandAbsmax, type NestedAbsmax, nestAbsmax } from './quantisation/nested-absmax.js';
export { quantiseWeights } from './quantisation/quantise-weights.js';
export type { EncodedWeight, FourBitEncoding, WeightEncoding, WeightPart } from './quantisation/weight-encoding.js';
export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from './safetensors/half-precision.js';
export { readSafetensors, type SafetensorsFile } from './safetensors/read-safetensors.js';
export type { SafetensorsType, StoredQuantisation, WeightTensor } from './safetensors/types.js';
export { type WritableTensor, writeSafetensors } from './safetensors/write-safetensors.js';
export { SEQ2SEQ_FAMILIES, type Seq2SeqFamilyName } from './seq2seq/seq2seq-families.js';
export type { Seq2SeqFamilySpec, Seq2SeqLayout } from './seq2seq/seq2seq-family.js';
export { seq2seqEncoderHidden, seq2seqLogits } from './seq2seq/seq2seq-graph.js';
export { type Seq2SeqBatch, type Seq2SeqLossOptions, seq2seqHidden, seq2seqLoss } from './seq2seq/seq2seq-loss.js';
export { seq2seqLinearModules, seq2seqParameters } from './seq2seq/seq2seq-parameters.js';
export { loadTokenizer } from './tokenizer/load-tokenizer.js';
export { createTokenizer, type Encoding, type SpecialIds, type Tokenizer } from './tokenizer/tokenizer.js';
export { type BytePairOptions, trainBytePairEncoding } from './tokenizer/train-byte-pair-encoding.js';
