import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { LinearSpec } from '../families/family.js';
import {
  activate,
  embeddingRows,
  linear,
  type ModelParts,
  normalise,
  type Product,
  splitRows,
} from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import type { AttentionLayout, EncoderStackBlock } from './seq2seq-family.js';
import { type AttentionMemory, encoderAttention, type StackAttention } from './stack-attention.js';
import { type DropoutSite, type StackDropout, stackDropout } from './stack-dropout.js';

/** Keys and values by head: (B, H, T, D) each. */
export interface HeadKeyValues {
  readonly key: Value;
  readonly value: Value;
}

/** How the layers of a decoder look at their own row, and at the encoder's states. */
export interface DecoderAttention {
  readonly self: StackAttention;
  /** For queries (B, H, S, D). */
  readonly cross: (g: GraphBuilder, layer: number, query: Value) => Value;
  /** Of the stack; nothing is dropped when left out. */
  readonly dropout?: StackDropout;
}

/** How a block is computed: once, or again for its gradients (`checkpoint`). */
export type Blocks = (g: GraphBuilder, compute: () => Value) => Value;

const kept: Blocks = (_, compute) => compute();

/** What an encoder keeps for gradients. */
export interface StackMemory {
  /** `kept` when left out. */
  readonly attention?: AttentionMemory;
  readonly blocks?: Blocks;
}

/**
 * The encoder's states after its final norm, (B·S, D), rows in the order of the tokens.
 * @param inputIds int32 (B, S); what is below 0 is padding
 */
export function seq2seqEncoderHidden(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  inputIds: Value,
  { attention = 'kept', blocks = kept }: StackMemory = {},
): Value {
  const { tokens, encoder } = seq2seqFamilyOf(config).layout(config);
  const dropout = stackDropout(g, config, parts.dropout, inputIds);
  const attend = encoderAttention(g, config, parts, inputIds, attention, dropout);
  const drop = dropper(g, dropout);
  let x = drop('tokens', 0, embed(g, parts, tokens.name, inputIds));
  for (const [layer, block] of encoder.blocks.entries()) {
    const before = x;
    x = blocks(g, () => {
      const normed = normalise(g, config, parts, block.selfNorm, before);
      const head = (spec: LinearSpec): Value => byHead(g, config, parts, spec, normed, inputIds);
      const { query, key, value } = block.self;
      const context = attend(g, layer, { query: head(query), key: head(key), value: head(value) });
      const attended = g.op.add(before, drop('self', layer, joined(g, config, parts, block.self, context)));
      return g.op.add(
        attended,
        feedForward(g, config, parts, block, attended, (site, x) => drop(site, layer, x)),
      );
    });
  }
  return drop('final', 0, normalise(g, config, parts, encoder.finalNorm, x));
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
      key: byHead(g, config, parts, cross.key, states, inputIds),
      value: byHead(g, config, parts, cross.value, states, inputIds),
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
  const drop = dropper(g, attend.dropout);
  let x = drop('tokens', 0, embed(g, parts, tokens.name, decoderIds));
  for (const [layer, block] of decoder.blocks.entries()) {
    const before = x;
    x = blocks(g, () => {
      const normed = normalise(g, config, parts, block.selfNorm, before);
      const head = (spec: LinearSpec): Value => byHead(g, config, parts, spec, normed, decoderIds);
      const { query, key, value } = block.self;
      const context = attend.self(g, layer, { query: head(query), key: head(key), value: head(value) });
      const attended = g.op.add(before, drop('self', layer, joined(g, config, parts, block.self, context)));
      const rows = normalise(g, config, parts, block.crossNorm, attended);
      const question = byHead(g, config, parts, block.cross.query, rows, decoderIds);
      const answer = joined(g, config, parts, block.cross, attend.cross(g, layer, question));
      const crossed = g.op.add(attended, drop('cross', layer, answer));
      return g.op.add(
        crossed,
        feedForward(g, config, parts, block, crossed, (site, x) => drop(site, layer, x)),
      );
    });
  }
  return drop('final', 0, normalise(g, config, parts, decoder.finalNorm, x));
}

/** Scores of every token of the vocabulary, (N, V), for states (N, D). */
export function seq2seqLogits(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Value {
  return headProducts(g, config, parts, hidden).reduce<Value | null>(
    (sum, { rows, weight }) => g.op.gemm(rows, weight, sum, { transB: true }),
    null,
  )!;
}

/** The factors of the output layer: states (N, D), divided by √D if the model does so, and its weight (V, D). */
export function headProducts(
  g: GraphBuilder,
  config: ModelConfig,
  { parameters, linear: hook }: ModelParts,
  hidden: Value,
): readonly [Product, ...Product[]] {
  const { head, tokens } = seq2seqFamilyOf(config).layout(config);
  const rows = config.encoderDecoder!.scaledHead ? g.op.mul(hidden, config.width ** -0.5) : hidden;
  if (!head) return [{ rows, weight: parameters(`${tokens.name}.weight`, hidden) }];
  const added = hook?.added?.(g, head.name, rows);
  return [{ rows, weight: parameters(`${head.name}.weight`) }, ...(added ? [added] : [])];
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
  drop: (site: 'inner' | 'feedForward', x: Value) => Value,
): Value {
  const normed = normalise(g, config, parts, block.feedForwardNorm, x);
  const gate = block.gate && linear(g, parts, block.gate, normed);
  const up = linear(g, parts, block.up, normed);
  const inner = gate ? g.op.mul(activate(g, config.activation, gate), up) : activate(g, config.activation, up);
  return drop('feedForward', linear(g, parts, block.down, drop('inner', inner)));
}

/** Drops at the places of a stack, if the model does. */
function dropper(g: GraphBuilder, dropout: StackDropout | undefined) {
  return (site: DropoutSite, layer: number, x: Value): Value => dropout?.(site, layer)?.(g, x) ?? x;
}
