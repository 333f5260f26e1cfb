import type { ConfigReader } from './config-reader.js';
import type { FamilySpec } from './family.js';
import { llamaLayout, readLlamaLike, windows } from './llama-like.js';

/** Llama's blocks with biases on query, key and value only: Qwen 1.5, 2 and 2.5. */
export const qwen2: FamilySpec = {
  architectures: ['Qwen2ForCausalLM'],
  modelType: 'qwen2',
  baseModelPrefix: 'model.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Yang et al. 2024, arXiv:2407.10671; huggingface/transformers models/qwen2',
  config(reader) {
    const fields = readLlamaLike(reader, {
      vocab_size: 151_936,
      hidden_size: 4096,
      intermediate_size: 22_016,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      max_position_embeddings: 32_768,
      biases: () => ({ attentionBias: true, attentionOutputBias: false, feedForwardBias: false }),
    });
    return { ...fields, ...windows(fields, windowOfLayer(reader)) };
  },
  layout: llamaLayout,
};

/** Layers from `max_window_layers` on look back through a window, or those that `layer_types` names. */
function windowOfLayer(reader: ConfigReader): (layer: number) => number | null {
  const isUsed = reader.flag('use_sliding_window', false) && reader.raw.sliding_window !== null;
  if (!isUsed) return () => null;
  const window = reader.count('sliding_window', 4096);
  const types = reader.raw.layer_types ?? undefined;
  if (types === undefined) {
    const first = reader.raw.max_window_layers === 0 ? 0 : reader.count('max_window_layers', 28);
    return (layer) => (layer >= first ? window : null);
  }
  const known = ['full_attention', 'sliding_attention'];
  if (!Array.isArray(types) || !types.every((type) => known.includes(type))) {
    reader.fail('layer_types', `must be a list of ${known.join(' and ')}`, undefined);
    return () => null;
  }
  return (layer) => (types[layer] === 'sliding_attention' ? window : null);
}
