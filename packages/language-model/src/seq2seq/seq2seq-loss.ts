import { checkpoint, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { sizeOf } from '../graph/attention.js';
import { headLossSum } from '../graph/head-loss.js';
import { columnsOf, IGNORE_INDEX, type LossOptions, type LossSum, learnedRows } from '../graph/loss.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import {
  crossKeyValues,
  type DecoderAttention,
  headProducts,
  seq2seqDecoderHidden,
  seq2seqEncoderHidden,
} from './seq2seq-graph.js';
import { crossAttention, decoderAttention } from './stack-attention.js';
import { stackDropout } from './stack-dropout.js';

/** One batch of an encoder-decoder, rows padded at their right. */
export interface Seq2SeqBatch {
  /** int32 (B, S): what the encoder reads. Padding is -1, not the padding token, which a text may hold. */
  readonly inputIds: Value;
  /** int32 (B, T): what the decoder is to write, {@link IGNORE_INDEX} where nothing is learned. */
  readonly labels: Value;
}

/** What the loss of an encoder-decoder keeps for its gradients. @see LossOptions, of which it is a part */
export type Seq2SeqLossOptions = Pick<LossOptions, 'attention' | 'headGradients' | 'checkpointBlocks'>;

/**
 * Cross-entropy of the labels, summed. The decoder reads the labels shifted right behind the start token, with the
 * padding token where a label is ignored, as `T5ForConditionalGeneration` does; with `parts.dropout` it is that of a model
 * in training. Columns in which no row has a label are cut off in the graph.
 */
export function seq2seqLoss(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  batch: Seq2SeqBatch,
  { headGradients, ...memory }: Seq2SeqLossOptions = {},
): LossSum {
  const labels = labelledColumns(g, batch.labels);
  const hidden = seq2seqHidden(g, config, parts, batch.inputIds, shiftRight(g, config, labels), memory);
  const flat = g.op.reshape(labels, [-1]);
  const rows = learnedRows(g, flat);
  const products = headProducts(g, config, parts, g.op.gather(hidden, rows));
  return headLossSum(g, { products }, g.op.gather(flat, rows), headGradients);
}

/** The decoder's states (B·T, D) for `decoderIds` (B, T) behind the texts `inputIds` (B, S), whose padding is -1. */
export function seq2seqHidden(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  inputIds: Value,
  decoderIds: Value,
  { attention = 'kept', checkpointBlocks = false }: Omit<Seq2SeqLossOptions, 'headGradients'> = {},
): Value {
  const blocks = checkpointBlocks ? { blocks: checkpoint } : {};
  const states = seq2seqEncoderHidden(g, config, parts, inputIds, { attention, ...blocks });
  const seen = crossKeyValues(g, config, parts, states, inputIds);
  const dropout = stackDropout(g, config, parts.dropout, decoderIds, inputIds);
  const cross = crossAttention(g, inputIds, attention, dropout);
  const attend: DecoderAttention = {
    dropout,
    self: decoderAttention(g, config, parts, decoderIds, attention, dropout),
    cross: (b, layer, query) => cross(b, layer, { query, ...seen[layer]! }),
  };
  return seq2seqDecoderHidden(g, config, parts, decoderIds, attend, blocks.blocks);
}

/** What the decoder reads to write `labels` (B, T): the start token, then all labels but the last. */
export function shiftRight(g: GraphBuilder, { encoderDecoder, padId = 0 }: ModelConfig, labels: Value): Value {
  const before = g.op.slice(labels, { starts: [0], ends: [-1], axes: [1] });
  const filled = g.op.where(g.op.equal(before, IGNORE_INDEX), g.constant('int32', padId), before);
  const start = columnsOf(g, labels, encoderDecoder!.startId, g.constant('int64', [1]));
  return g.op.concat([start, filled], 1);
}

/** (B, T) without the columns behind the last that has a label, at least one. */
function labelledColumns(g: GraphBuilder, labels: Value): Value {
  const isLabel = g.op.cast(g.op.not(g.op.equal(labels, IGNORE_INDEX)), 'int64');
  const places = g.op.add(g.op.range(0, sizeOf(g, labels, 1), 1), 1);
  const last = g.op.reduceMax(g.op.mul(isLabel, places), undefined, { keepDims: false });
  const width = g.op.reshape(g.op.max(last, g.constant('int64', 1)), [1]);
  return g.op.slice(labels, { starts: g.constant('int64', [0]), ends: width, axes: [1] });
}
