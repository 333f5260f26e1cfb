import type { FamilySpec } from './family.js';
import { llamaLayout, readLlamaLike } from './llama-like.js';

/** RMSNorm, rotary positions, SwiGLU, grouped-query attention. */
export const llama: FamilySpec = {
  architectures: ['LlamaForCausalLM'],
  modelType: 'llama',
  baseModelPrefix: 'model.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Touvron et al. 2023, arXiv:2302.13971; huggingface/transformers models/llama',
  config(reader) {
    return readLlamaLike(reader, {
      vocab_size: 32_000,
      hidden_size: 4096,
      intermediate_size: 11_008,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      max_position_embeddings: 2048,
      biases(reader) {
        const attentionBias = reader.flag('attention_bias', false);
        const feedForwardBias = reader.flag('mlp_bias', false);
        return { attentionBias, attentionOutputBias: attentionBias, feedForwardBias };
      },
    });
  },
  layout: llamaLayout,
};
