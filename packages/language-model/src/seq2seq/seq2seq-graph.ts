import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { LinearSpec } from '../families/family.js';
import { MASKED_SCORE } from '../graph/attention.js';
import { activate, embeddingRows, linear, type ModelParts, normalise, splitRows } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { type BucketSpec, squareBias } from './relative-bias.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import type { AttentionLayout, EncoderStackBlock } from './seq2seq-family.js';

/** Keys and values by head: (B, H, T, D) each. */
export interface HeadKeyValues {
  readonly keys: Value;
  readonly values: Value;
}

/** Gives (B, H, S, D) for queries (B, H, S, D) of a decoder's layer. */
export interface DecoderAttention {
  /** At the row itself: `key` and `value` are those of the same tokens. */
  readonly self: (
    g: GraphBuilder,
    layer: number,
    inputs: { readonly query: Value; readonly key: Value; readonly value: Value },
  ) => Value;
  /** At the encoder's states. */
  readonly cross: (g: GraphBuilder, layer: number, query: Value) => Value;
}

/** 0 where a token of (B, S) may be seen, {@link MASKED_SCORE} where `isToken` (boolean) is false: (B, 1, 1, S). */
export function paddingBias(g: GraphBuilder, isToken: Value): Value {
  const bias = g.op.where(isToken, g.constant('float32', 0), g.constant('float32', MASKED_SCORE));
  return g.op.unsqueeze(bias, [1, 2]);
}

/** softmax(Q·Kᵀ + bias)·V: these models do not divide by √D. The bias broadcasts to (B, H, S, T). */
export function biasedAttention(
  g: GraphBuilder,
  query: Value,
  { keys, values }: HeadKeyValues,
  bias: Value | undefined,
): Value {
  const scores = g.microsoft
    ? g.op.fusedMatMul(query, keys, { transB: true })
    : g.op.matMul(query, g.op.transpose(keys, [0, 1, 3, 2]));
  return g.op.matMul(g.op.softmax(bias === undefined ? scores : g.op.add(scores, bias)), values);
}

/** How distances fall into buckets, in the encoder or the decoder. */
export function bucketSpec({ encoderDecoder }: ModelConfig, bidirectional: boolean): BucketSpec {
  const { buckets, maxDistance } = encoderDecoder!;
  return { buckets, maxDistance, bidirectional };
}

/** How a block is computed: once, or again for its gradients (`checkpoint`). */
export type Blocks = (g: GraphBuilder, compute: () => Value) => Value;

const kept: Blocks = (_, compute) => compute();

/**
 * The encoder's states after its final norm, (B·S, D), rows in the order of the tokens.
 * @param inputIds int32 (B, S); what is below 0 is padding
 */
export function seq2seqEncoderHidden(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  inputIds: Value,
  blocks: Blocks = kept,
): Value {
  const { tokens, encoder } = seq2seqFamilyOf(config).layout(config);
  const table = parts.parameters(`${encoder.positionBias.name}.weight`);
  // Distances and padding added up once: one addition a layer.
  const bias = g.op.add(squareBias(g, table, bucketSpec(config, true), inputIds), paddingBias(g, isToken(g, inputIds)));
  let x = embed(g, parts, tokens.name, inputIds);
  for (const block of encoder.blocks) {
    const before = x;
    x = blocks(g, () => {
      const normed = normalise(g, config, parts, block.selfNorm, before);
      const head = (spec: LinearSpec): Value => byHead(g, config, parts, spec, normed, inputIds);
      const { query, key, value } = block.self;
      const context = biasedAttention(g, head(query), { keys: head(key), values: head(value) }, bias);
      const attended = g.op.add(before, joined(g, config, parts, block.self, context));
      return g.op.add(attended, feedForward(g, config, parts, block, attended));
    });
  }
  return normalise(g, config, parts, encoder.finalNorm, x);
}

/** Which ids of (B, S) are no padding: boolean. */
export function isToken(g: GraphBuilder, inputIds: Value): Value {
  return g.op.greaterOrEqual(inputIds, 0);
}

/** What each layer of the decoder sees of the encoder's states (B·S, D) of tokens `inputIds` (B, S). */
export function crossKeyValues(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  states: Value,
  inputIds: Value,
): readonly HeadKeyValues[] {
  return seq2seqFamilyOf(config)
    .layout(config)
    .decoder.blocks.map(({ cross }) => ({
      keys: byHead(g, config, parts, cross.key, states, inputIds),
      values: byHead(g, config, parts, cross.value, states, inputIds),
    }));
}

/** The decoder's states after its final norm, (B·T, D). @param decoderIds int32 (B, T), the start token first */
export function seq2seqDecoderHidden(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  decoderIds: Value,
  attend: DecoderAttention,
  blocks: Blocks = kept,
): Value {
  const { tokens, decoder } = seq2seqFamilyOf(config).layout(config);
  let x = embed(g, parts, tokens.name, decoderIds);
  for (const [layer, block] of decoder.blocks.entries()) {
    const before = x;
    x = blocks(g, () => {
      const normed = normalise(g, config, parts, block.selfNorm, before);
      const head = (spec: LinearSpec): Value => byHead(g, config, parts, spec, normed, decoderIds);
      const { query, key, value } = block.self;
      const context = attend.self(g, layer, { query: head(query), key: head(key), value: head(value) });
      const attended = g.op.add(before, joined(g, config, parts, block.self, context));
      const rows = normalise(g, config, parts, block.crossNorm, attended);
      const question = byHead(g, config, parts, block.cross.query, rows, decoderIds);
      const crossed = g.op.add(attended, joined(g, config, parts, block.cross, attend.cross(g, layer, question)));
      return g.op.add(crossed, feedForward(g, config, parts, block, crossed));
    });
  }
  return normalise(g, config, parts, decoder.finalNorm, x);
}

/** Scores of every token of the vocabulary, (N, V), for states (N, D). */
export function seq2seqLogits(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Value {
  const { states, weight } = headInputs(g, config, parts, hidden);
  return g.op.gemm(states, weight, null, { transB: true });
}

/** What the output layer multiplies: states (N, D), divided by √D for tied embeddings, and its weight (V, D). */
export function headInputs(
  g: GraphBuilder,
  config: ModelConfig,
  { parameters }: ModelParts,
  hidden: Value,
): { readonly states: Value; readonly weight: Value } {
  const { head, tokens } = seq2seqFamilyOf(config).layout(config);
  if (head) return { states: hidden, weight: parameters(`${head.name}.weight`) };
  return { states: g.op.mul(hidden, config.width ** -0.5), weight: parameters(`${tokens.name}.weight`, hidden) };
}

/** (B·T, D); padding gets the vector of token 0, which nobody looks at. */
function embed(g: GraphBuilder, { parameters }: ModelParts, name: string, ids: Value): Value {
  return embeddingRows(g, parameters, `${name}.weight`, g.op.reshape(g.op.max(ids, 0), [-1]));
}

/** A projection of (B·T, D) by head: (B, H, T, D_head). `like` is the (B, T) value the rows came from. */
function byHead(
  g: GraphBuilder,
  { heads, headWidth }: ModelConfig,
  parts: ModelParts,
  spec: LinearSpec,
  x: Value,
  like: Value,
): Value {
  return g.op.transpose(splitRows(g, linear(g, parts, spec, x), like, [heads, headWidth]), [0, 2, 1, 3]);
}

/** (B, H, T, D_head) → (B·T, D). */
function joined(
  g: GraphBuilder,
  { heads, headWidth }: ModelConfig,
  parts: ModelParts,
  { output }: AttentionLayout,
  context: Value,
): Value {
  return linear(g, parts, output, g.op.reshape(g.op.transpose(context, [0, 2, 1, 3]), [-1, heads * headWidth]));
}

function feedForward(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  block: EncoderStackBlock,
  x: Value,
): Value {
  const normed = normalise(g, config, parts, block.feedForwardNorm, x);
  const gate = block.gate && linear(g, parts, block.gate, normed);
  const up = linear(g, parts, block.up, normed);
  const inner = gate ? g.op.mul(activate(g, config.activation, gate), up) : activate(g, config.activation, up);
  return linear(g, parts, block.down, inner);
}
