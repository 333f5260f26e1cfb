import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { type Head, headLossSum } from '../graph/head-loss.js';
import { type LossOptions, type LossSum, learnedRows } from '../graph/loss.js';
import { activate, linear, type ModelParts, normalise } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { encoderFamilyOf } from './encoder-families.js';
import { encoderHidden } from './encoder-graph.js';

/** One batch for masked-token prediction, rows padded at their right. */
export interface MaskedBatch {
  /** int32 (B, T), with the mask token where a token is hidden. */
  readonly inputIds: Value;
  /** int32 (B, T): the hidden token where one is to be guessed, `IGNORE_INDEX` elsewhere; not shifted. */
  readonly labels: Value;
  /** int32 (B, T): 1 for tokens, 0 for padding; every id but the padding id when left out. */
  readonly attentionMask?: Value;
}

/**
 * Cross-entropy of the hidden tokens of an encoder, summed, with the output layer tied to the token embedding, as
 * `BertForMaskedLM`, `RobertaForMaskedLM` and `DistilBertForMaskedLM` have it (without dropout).
 */
export function maskedLoss(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  batch: MaskedBatch,
  { checkpointBlocks = false, headGradients }: Pick<LossOptions, 'checkpointBlocks' | 'headGradients'> = {},
): LossSum {
  const { inputIds, labels } = batch;
  const isToken = (): Value => g.op.cast(g.op.not(g.op.equal(inputIds, config.padId ?? 0)), 'int32');
  const attentionMask = batch.attentionMask ?? isToken();
  const hidden = encoderHidden(g, config, parts, { inputIds, attentionMask, checkpointBlocks });
  const flat = g.op.reshape(labels, [-1]);
  // Only hidden tokens, a seventh of all, meet the vocabulary.
  const rows = learnedRows(g, flat);
  const head = maskedHead(g, config, parts, g.op.gather(hidden, rows));
  return headLossSum(g, head, g.op.gather(flat, rows), headGradients);
}

/** Hidden states (N, D) → scores of every token of the vocabulary, (N, V). */
export function maskedLogits(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Value {
  const { products, bias = null } = maskedHead(g, config, parts, hidden);
  return g.op.gemm(products[0].rows, products[0].weight, bias, { transB: true });
}

function maskedHead(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Head {
  const { tokens, head } = encoderFamilyOf(config).layout(config);
  const transformed = activate(g, head.activation, linear(g, parts, head.transform, hidden));
  const rows = normalise(g, config, parts, head.norm, transformed);
  const { parameters } = parts;
  return { products: [{ rows, weight: parameters(`${tokens.name}.weight`, rows) }], bias: parameters(head.bias) };
}
