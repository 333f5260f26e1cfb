import type { FamilySpec } from './family.js';
import { llamaLayout, readLlamaLike, windows } from './llama-like.js';

/** Llama's blocks without any bias. In version 0.1 every layer looks back through a window. */
export const mistral: FamilySpec = {
  architectures: ['MistralForCausalLM'],
  modelType: 'mistral',
  baseModelPrefix: 'model.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Jiang et al. 2023, arXiv:2310.06825; huggingface/transformers models/mistral',
  config(reader) {
    const fields = readLlamaLike(reader, {
      vocab_size: 32_000,
      hidden_size: 4096,
      intermediate_size: 14_336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      max_position_embeddings: 131_072,
      biases: () => ({ attentionBias: false, attentionOutputBias: false, feedForwardBias: false }),
    });
    // The config class has a window of 4096 unless the file says null.
    const window = reader.raw.sliding_window === null ? null : reader.count('sliding_window', 4096);
    return { ...fields, ...windows(fields, () => window) };
  },
  layout: llamaLayout,
};
