import { checkpoint, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import type { LinearSpec } from '../families/family.js';
import { MASKED_SCORE } from '../graph/attention.js';
import { activate, embeddingRows, linear, type ModelParts, normalise, splitRows } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { encoderFamilyOf } from './encoder-families.js';
import type { EncoderBlockLayout, EncoderFamilySpec, EncoderLayout } from './encoder-family.js';

export interface EncoderInputs {
  /** int32 (B, T) */
  readonly inputIds: Value;
  /** int32 (B, T): 1 for tokens, 0 for padding; all are tokens when left out. */
  readonly attentionMask?: Value;
  /** Whether gradients compute each block again from what comes into it, instead of keeping what it computes. */
  readonly checkpointBlocks?: boolean;
}

/** What the blocks of one encoder graph share. */
interface Scope {
  readonly g: GraphBuilder;
  readonly config: ModelConfig;
  readonly parts: ModelParts;
  readonly inputIds: Value;
  /** Added to attention scores: (B, 1, 1, T). */
  readonly mask?: Value;
}

/**
 * Hidden states after `layers` layers, (B·T, D); 0 gives the embeddings. The numbers of `hidden_states[layers]` of
 * `transformers` in evaluation mode.
 */
export function encoderHidden(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  { inputIds, attentionMask, checkpointBlocks = false }: EncoderInputs,
  layers: number = config.layers,
): Value {
  const family = encoderFamilyOf(config);
  const layout = family.layout(config);
  const mask = attentionMask === undefined ? {} : { mask: paddingMask(g, attentionMask) };
  const scope: Scope = { g, config, parts, inputIds, ...mask };
  let x = embeddings(scope, family, layout);
  for (const block of layout.blocks.slice(0, layers)) {
    const before = x;
    const compute = (): Value => encoderBlock(scope, block, before);
    x = checkpointBlocks ? checkpoint(g, compute) : compute();
  }
  return x;
}

function paddingMask(g: GraphBuilder, attentionMask: Value): Value {
  const padding = g.op.sub(1, g.op.cast(attentionMask, 'float32'));
  return g.op.unsqueeze(g.op.mul(padding, MASKED_SCORE), [1, 2]);
}

function embeddings({ g, config, parts, inputIds }: Scope, family: EncoderFamilySpec, layout: EncoderLayout): Value {
  const { parameters } = parts;
  const positions = positionIds(g, config, family, inputIds);
  let x = g.op.add(
    embeddingRows(g, parameters, `${layout.tokens.name}.weight`, inputIds),
    embeddingRows(g, parameters, `${layout.positions.name}.weight`, positions),
  );
  // Single texts only, so every token has type 0.
  if (layout.types) x = g.op.add(x, g.op.gather(parameters(`${layout.types.name}.weight`), 0));
  return normalise(g, config, parts, layout.embeddingNorm, g.op.reshape(x, [-1, config.width]));
}

/** (T), or (B, T) where padding is not counted. */
function positionIds(g: GraphBuilder, config: ModelConfig, family: EncoderFamilySpec, inputIds: Value): Value {
  if (family.positionIds === 'from-zero') {
    return g.op.range(0, g.op.reshape(g.op.shape(inputIds, { start: 1 }), []), 1);
  }
  const padId = config.padId ?? 1;
  const counted = g.op.cast(g.op.not(g.op.equal(inputIds, padId)), 'int32');
  return g.op.add(g.op.mul(g.op.cumSum(counted, 1), counted), padId);
}

function encoderBlock(scope: Scope, block: EncoderBlockLayout, x: Value): Value {
  const { g, config, parts } = scope;
  const attended = linear(g, parts, block.attentionOutput, attention(scope, block, x));
  const middle = normalise(g, config, parts, block.attentionNorm, g.op.add(attended, x));
  const inner = activate(g, config.activation, linear(g, parts, block.up, middle));
  return normalise(g, config, parts, block.outputNorm, g.op.add(linear(g, parts, block.down, inner), middle));
}

/** x (B·T, D) → (B·T, D); every token sees every token that is not padding. */
function attention({ g, config, parts, inputIds, mask }: Scope, block: EncoderBlockLayout, x: Value): Value {
  const { heads, headWidth } = config;
  const byHead = (spec: LinearSpec): Value =>
    g.op.transpose(splitRows(g, linear(g, parts, spec, x), inputIds, [heads, headWidth]), [0, 2, 1, 3]);
  const alpha = 1 / Math.sqrt(headWidth);
  const scores = g.op.fusedMatMul(byHead(block.query), byHead(block.key), { transB: true, alpha }); // (B, H, T, T)
  const weights = g.op.softmax(mask === undefined ? scores : g.op.add(scores, mask));
  const context = g.op.matMul(weights, byHead(block.value));
  return g.op.reshape(g.op.transpose(context, [0, 2, 1, 3]), [-1, config.width]);
}
