import { ACTIVATION_NAMES } from '../model-config.js';
import type { FamilySpec } from './family.js';
import { plainLinear } from './linears.js';
import { readRotary } from './rotary-config.js';

/**
 * LayerNorm, a share of each head rotated, query, key and value in one layer head by head, both branches side by side
 * or one after the other: GPT-NeoX 20B, Pythia. Names as in transformers `modeling_gpt_neox.py`.
 */
export const gptNeox: FamilySpec = {
  architectures: ['GPTNeoXForCausalLM'],
  modelType: 'gpt_neox',
  baseModelPrefix: 'gpt_neox.',
  // Files keep the name that the layer had before transformers 5.
  outputLayer: 'embed_out',
  ignoredTensors: /\.attention\.((masked_)?bias|rotary_emb\.inv_freq)$/,
  source:
    'Black et al. 2022, arXiv:2204.06745; Biderman et al. 2023, arXiv:2304.01373; huggingface/transformers models/gpt_neox',
  config(reader) {
    const width = reader.count('hidden_size', 6144);
    const heads = reader.count('num_attention_heads', 64);
    const headWidth = reader.headWidth(width, heads, 'hidden_size');
    reader.refuse('head_dim', (value) => value === headWidth, `must be ${headWidth}, the width of a head`);
    const maxPositions = reader.count('max_position_embeddings', 2048);
    const attentionBias = reader.flag('attention_bias', true);
    const names = { theta: 'rotary_emb_base', fraction: 'rotary_pct' };
    const rotary = readRotary(reader, { headWidth, maxPositions, names, defaultFraction: 0.25 });
    return {
      vocabularySize: reader.count('vocab_size', 50_432),
      width,
      layers: reader.count('num_hidden_layers', 44),
      heads,
      keyValueHeads: heads,
      headWidth,
      innerWidth: reader.count('intermediate_size', 24_576),
      ...rotary,
      norm: 'layer',
      normEpsilon: reader.positive('layer_norm_eps', 1e-5),
      arrangement: reader.flag('use_parallel_residual', true) ? 'parallel' : 'pre-norm',
      activation: reader.choice('hidden_act', ACTIVATION_NAMES, 'gelu'),
      gated: false,
      attentionBias,
      attentionOutputBias: attentionBias,
      feedForwardBias: true,
      tiedHead: reader.flag('tie_word_embeddings', false),
      initializerRange: reader.positive('initializer_range', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, initializerRange: deviation } = config;
    const linear = plainLinear(deviation);
    const block = (n: number) => {
      const prefix = `gpt_neox.layers.${n}`;
      const { attention, mlp } = { attention: `${prefix}.attention`, mlp: `${prefix}.mlp` };
      return {
        attentionNorm: { name: `${prefix}.input_layernorm`, bias: true },
        projections: {
          fused: linear(`${attention}.query_key_value`, width, 3 * width, config.attentionBias),
          order: 'by-group' as const,
        },
        attentionOutput: linear(`${attention}.dense`, width, width, config.attentionOutputBias),
        feedForwardNorm: { name: `${prefix}.post_attention_layernorm`, bias: true },
        up: linear(`${mlp}.dense_h_to_4h`, width, innerWidth, config.feedForwardBias),
        down: linear(`${mlp}.dense_4h_to_h`, innerWidth, width, config.feedForwardBias),
      };
    };
    return {
      tokens: { name: 'gpt_neox.embed_in', rows: config.vocabularySize, deviation },
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      finalNorm: { name: 'gpt_neox.final_layer_norm', bias: true },
      ...(config.tiedHead ? {} : { head: linear('embed_out', width, config.vocabularySize, false) }),
    };
  },
};
