import type { GraphBuilder } from '@flanlab/onnx-graph';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { seq2seqLogits } from './seq2seq-graph.js';
import { seq2seqHidden } from './seq2seq-loss.js';

/**
 * Adds the log-likelihoods of tokens behind a text: `input_ids` int32 (B, S), padding -1; `decoder_ids` int32 (B, T), the
 * start token first; `wanted` int32 (N), places in B·T, and `labels` int32 (N), the tokens that follow there →
 * `log_likelihoods` (N).
 */
export function buildSeq2SeqScoreGraph(g: GraphBuilder, config: ModelConfig, parts: ModelParts): void {
  const inputIds = g.input('input_ids', 'int32', ['B', 'S']);
  const decoderIds = g.input('decoder_ids', 'int32', ['B', 'T']);
  const wanted = g.input('wanted', 'int32', ['N']);
  const labels = g.input('labels', 'int32', ['N']);
  const hidden = g.op.gather(seq2seqHidden(g, config, parts, inputIds, decoderIds), wanted);
  const scores = g.op.logSoftmax(seq2seqLogits(g, config, parts, hidden));
  const picked = g.op.gatherElements(scores, g.op.unsqueeze(labels, [1]), 1);
  g.output('log_likelihoods', g.op.reshape(picked, [-1]));
}
