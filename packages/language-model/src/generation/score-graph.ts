import type { GraphBuilder } from '@flanlab/onnx-graph';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';

/**
 * Adds the log-likelihood of each token given those before it: `token_ids` int32 (B, T), right-padded, and `labels`
 * int32 (B·T), the token that follows each → `log_likelihoods` (B·T).
 */
export function buildScoreGraph(g: GraphBuilder, config: ModelConfig, parts: ModelParts): void {
  const inputIds = g.input('token_ids', 'int32', ['B', 'T']);
  const labels = g.input('labels', 'int32', ['N']);
  const wanted = g.input('wanted', 'int32', ['N']);
  // Only rows of hidden states that are asked for meet the vocabulary, which is the largest product.
  const hidden = g.op.gather(decoderHidden(g, config, parts, { inputIds }), wanted);
  const scores = g.op.logSoftmax(decoderLogits(g, config, parts, hidden));
  const picked = g.op.gatherElements(scores, g.op.unsqueeze(labels, [1]), 1);
  g.output('log_likelihoods', g.op.reshape(picked, [-1]));
}
