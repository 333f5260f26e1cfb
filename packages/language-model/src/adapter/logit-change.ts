import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { externalWeights } from '../generation/external-weights.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';

/** How two sets of weights of one causal model differ in what they compute. */
export interface LogitChange {
  /** Largest difference of a logit. */
  readonly largest: number;
  /** Largest magnitude of a logit before, to compare with. */
  readonly scale: number;
  /** Tokens after which the most likely next one is another. */
  readonly flipped: number;
  /** All tokens. */
  readonly tokens: number;
}

type Weights = ReadonlyMap<string, WeightTensor>;

/**
 * Compares logits after each token of a text, with one set of weights in memory at a time: what merging an adapter changes,
 * or what rounding the merged weights to 16 bits loses.
 * @param ids the text's tokens, at most as many as the model has positions
 * @throws {SessionError} where the machine refuses
 */
export async function logitChange(
  config: ModelConfig,
  before: Weights,
  after: Weights,
  ids: readonly number[],
): Promise<LogitChange> {
  const [old, now] = [await logitsOf(config, before, ids), await logitsOf(config, after, ids)];
  const { vocabularySize } = config;
  let [largest, scale, flipped] = [0, 0, 0];
  for (let start = 0; start < old.length; start += vocabularySize) {
    let [bestOld, bestNow] = [start, start];
    for (let i = start; i < start + vocabularySize; i++) {
      largest = Math.max(largest, Math.abs(old[i]! - now[i]!));
      scale = Math.max(scale, Math.abs(old[i]!));
      if (old[i]! > old[bestOld]!) bestOld = i;
      if (now[i]! > now[bestNow]!) bestNow = i;
    }
    if (bestOld !== bestNow) flipped += 1;
  }
  return { largest, scale, flipped, tokens: ids.length };
}

async function logitsOf(config: ModelConfig, tensors: Weights, ids: readonly number[]): Promise<Float32Array> {
  const g = new GraphBuilder({ name: 'logits' });
  const { parameters, externalData } = await externalWeights(g, tensors);
  const inputIds = g.input('inputIds', 'int32', [1, ids.length]);
  g.output('logits', decoderLogits(g, config, { parameters }, decoderHidden(g, config, { parameters }, { inputIds })));
  await using session = await openSession(g.toBytes(), { externalData });
  const { logits } = await session.run({
    inputIds: { type: 'int32', dims: [1, ids.length], data: Int32Array.from(ids) },
  });
  return logits!.data as Float32Array;
}
