import { ACTIVATION_NAMES, type JsonObject } from '../model-config.js';
import type { FamilySpec, LinearSpec } from './family.js';

/** RMSNorm, rotary positions, SwiGLU, grouped-query attention. Names as in transformers `modeling_llama.py`. */
export const llama: FamilySpec = {
  architectures: ['LlamaForCausalLM'],
  modelType: 'llama',
  baseModelPrefix: 'model.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Touvron et al. 2023, arXiv:2302.13971; huggingface/transformers models/llama',
  config(reader) {
    const width = reader.count('hidden_size', 4096);
    const heads = reader.count('num_attention_heads', 32);
    const keyValueHeads = reader.count('num_key_value_heads', heads);
    if (reader.raw.head_dim == null && width % heads !== 0) {
      reader.fail('hidden_size', `${width} cannot be split into ${heads} heads`, undefined);
    }
    if (heads % keyValueHeads !== 0) {
      reader.fail('num_key_value_heads', `${keyValueHeads} does not divide num_attention_heads ${heads}`, undefined);
    }
    const headWidth = reader.count('head_dim', Math.max(1, Math.floor(width / heads)));
    if (headWidth % 2 !== 0) reader.fail('head_dim', `must be even to be rotated, and is ${headWidth}`, undefined);
    reader.refuse('pretraining_tp', (value) => value === 1, 'must be 1');
    const bias = reader.flag('attention_bias', false);
    return {
      vocabularySize: reader.count('vocab_size', 32_000),
      width,
      layers: reader.count('num_hidden_layers', 32),
      heads,
      keyValueHeads,
      headWidth,
      innerWidth: reader.count('intermediate_size', 11_008),
      maxPositions: reader.count('max_position_embeddings', 2048),
      norm: 'rms',
      normEpsilon: reader.positive('rms_norm_eps', 1e-6),
      activation: reader.choice('hidden_act', ACTIVATION_NAMES, 'silu'),
      gated: true,
      positions: 'rotary',
      rotary: { theta: readTheta(reader), fraction: 1 },
      attentionBias: bias,
      attentionOutputBias: bias,
      feedForwardBias: reader.flag('mlp_bias', false),
      tiedHead: reader.flag('tie_word_embeddings', false),
      initializerRange: reader.positive('initializer_range', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, heads, keyValueHeads, headWidth, initializerRange: deviation } = config;
    const linear = (name: string, from: number, to: number, bias: boolean): LinearSpec => ({
      name,
      in: from,
      out: to,
      bias,
      transposed: false,
      deviation,
    });
    const block = (n: number) => {
      const attention = `model.layers.${n}.self_attn`;
      const mlp = `model.layers.${n}.mlp`;
      const keyWidth = keyValueHeads * headWidth;
      return {
        attentionNorm: { name: `model.layers.${n}.input_layernorm`, bias: false },
        projections: {
          query: linear(`${attention}.q_proj`, width, heads * headWidth, config.attentionBias),
          key: linear(`${attention}.k_proj`, width, keyWidth, config.attentionBias),
          value: linear(`${attention}.v_proj`, width, keyWidth, config.attentionBias),
        },
        attentionOutput: linear(`${attention}.o_proj`, heads * headWidth, width, config.attentionOutputBias),
        feedForwardNorm: { name: `model.layers.${n}.post_attention_layernorm`, bias: false },
        gate: linear(`${mlp}.gate_proj`, width, innerWidth, config.feedForwardBias),
        up: linear(`${mlp}.up_proj`, width, innerWidth, config.feedForwardBias),
        down: linear(`${mlp}.down_proj`, innerWidth, width, config.feedForwardBias),
      };
    };
    return {
      tokens: { name: 'model.embed_tokens', rows: config.vocabularySize, deviation },
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      finalNorm: { name: 'model.norm', bias: false },
      ...(config.tiedHead ? {} : { head: linear('lm_head', width, config.vocabularySize, false) }),
    };
  },
};

/** `rope_theta`, where transformers < 5 has it, or inside `rope_parameters`; other scalings would give wrong angles. */
function readTheta(reader: Parameters<FamilySpec['config']>[0]): number {
  const parameters = reader.raw.rope_parameters;
  const isDefault = (value: unknown): boolean => {
    const type = (value as JsonObject).rope_type ?? (value as JsonObject).type;
    return type === undefined || type === 'default';
  };
  reader.refuse('rope_scaling', isDefault, 'must be of type "default" (scaled rotary positions are not supported)');
  reader.refuse('rope_parameters', isDefault, 'must be of type "default" (scaled rotary positions are not supported)');
  const nested =
    typeof parameters === 'object' && parameters !== null ? (parameters as JsonObject).rope_theta : undefined;
  return reader.positive('rope_theta', typeof nested === 'number' ? nested : 10_000);
}
