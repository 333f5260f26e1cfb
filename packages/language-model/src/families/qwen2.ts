import type { FamilySpec } from './family.js';
import { llamaLayout, readLlamaLike } from './llama-like.js';

/** Llama's blocks with biases on query, key and value only: Qwen 1.5, 2 and 2.5. */
export const qwen2: FamilySpec = {
  architectures: ['Qwen2ForCausalLM'],
  modelType: 'qwen2',
  baseModelPrefix: 'model.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Yang et al. 2024, arXiv:2407.10671; huggingface/transformers models/qwen2',
  config(reader) {
    reader.refuse('use_sliding_window', (value) => value === false, 'must be false');
    return readLlamaLike(reader, {
      vocab_size: 151_936,
      hidden_size: 4096,
      intermediate_size: 22_016,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      max_position_embeddings: 32_768,
      biases: () => ({ attentionBias: true, attentionOutputBias: false, feedForwardBias: false }),
    });
  },
  layout: llamaLayout,
};
