import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { causalMask, MASKED_SCORE } from '../graph/attention.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { blockAttention } from './block-attention.js';
import { type BucketSpec, distanceBiases, squareBias } from './relative-bias.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import type { Drop, StackDropout } from './stack-dropout.js';

/** (B, H, S, D) of queries, and (B, H, T, D) of keys and values. */
export interface HeadInputs {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** Attention of a layer of a stack: (B, H, S, D). */
export type StackAttention = (g: GraphBuilder, layer: number, inputs: HeadInputs) => Value;

/**
 * Whether the weights of all queries are there at once and kept, or those of a block of queries at a time, computed again on the
 * way back. The numbers are the same up to the order of sums.
 */
export type AttentionMemory = 'kept' | 'recomputed';

/** 0 where a token of (B, S) may be seen, {@link MASKED_SCORE} where `isToken` (boolean) is false: (B, 1, 1, S). */
export function paddingBias(g: GraphBuilder, isToken: Value): Value {
  const bias = g.op.where(isToken, g.constant('float32', 0), g.constant('float32', MASKED_SCORE));
  return g.op.unsqueeze(bias, [1, 2]);
}

/** Which ids of (B, S) are no padding: boolean. */
export function isToken(g: GraphBuilder, inputIds: Value): Value {
  return g.op.greaterOrEqual(inputIds, 0);
}

/** softmax(Q·Kᵀ + bias)·V: these models do not divide by √D. The bias broadcasts to (B, H, S, T). */
export function biasedAttention(
  g: GraphBuilder,
  { query, key, value }: HeadInputs,
  bias: Value | undefined,
  drop: Drop = (_, weights) => weights,
): Value {
  const scores = g.microsoft
    ? g.op.fusedMatMul(query, key, { transB: true })
    : g.op.matMul(query, g.op.transpose(key, [0, 1, 3, 2]));
  return g.op.matMul(drop(g, g.op.softmax(bias === undefined ? scores : g.op.add(scores, bias))), value);
}

/** How distances fall into buckets, in the encoder or the decoder. */
export function bucketSpec({ encoderDecoder }: ModelConfig, bidirectional: boolean): BucketSpec {
  const { buckets, maxDistance } = encoderDecoder!;
  return { buckets, maxDistance, bidirectional };
}

/** Whole texts look at themselves in both directions. @param inputIds int32 (B, S); what is below 0 is padding */
export function encoderAttention(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  inputIds: Value,
  memory: AttentionMemory,
  dropout: StackDropout,
): StackAttention {
  const table = parts.parameters(`${seq2seqFamilyOf(config).layout(config).encoder.positionBias.name}.weight`);
  const spec = bucketSpec(config, true);
  const padding = paddingBias(g, isToken(g, inputIds));
  if (memory === 'recomputed') {
    const distances = distanceBiases(g, table, spec, inputIds);
    return (b, layer, inputs) => blockAttention(b, inputs, { distances, padding, drop: dropout('selfWeights', layer) });
  }
  // Distances and padding added up once: one addition a layer.
  const bias = g.op.add(squareBias(g, table, spec, inputIds), padding);
  return (b, layer, inputs) => biasedAttention(b, inputs, bias, dropout('selfWeights', layer));
}

/** Whole rows of a decoder look at themselves, and not ahead. @param decoderIds (B, T) */
export function decoderAttention(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  decoderIds: Value,
  memory: AttentionMemory,
  dropout: StackDropout,
): StackAttention {
  const table = parts.parameters(`${seq2seqFamilyOf(config).layout(config).decoder.positionBias.name}.weight`);
  const spec = bucketSpec(config, false);
  if (memory === 'recomputed') {
    const distances = distanceBiases(g, table, spec, decoderIds);
    return (b, layer, inputs) =>
      blockAttention(b, inputs, { distances, isCausal: true, drop: dropout('selfWeights', layer) });
  }
  const bias = g.op.add(squareBias(g, table, spec, decoderIds), causalMask(g, decoderIds));
  return (b, layer, inputs) => biasedAttention(b, inputs, bias, dropout('selfWeights', layer));
}

/** Rows of a decoder look at the states of the tokens `inputIds` (B, S), whose padding is below 0. */
export function crossAttention(
  g: GraphBuilder,
  inputIds: Value,
  memory: AttentionMemory,
  dropout: StackDropout = () => undefined,
): StackAttention {
  const padding = paddingBias(g, isToken(g, inputIds));
  return (b, layer, inputs) =>
    memory === 'recomputed'
      ? blockAttention(b, inputs, { padding, drop: dropout('crossWeights', layer) })
      : biasedAttention(b, inputs, padding, dropout('crossWeights', layer));
}
