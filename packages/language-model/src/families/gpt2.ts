import { ACTIVATION_NAMES } from '../model-config.js';
import type { FamilySpec, LinearSpec } from './family.js';

/** LayerNorm, learned positions, fused projections stored (in, out). Names as in transformers `modeling_gpt2.py`. */
export const gpt2: FamilySpec = {
  architectures: ['GPT2LMHeadModel'],
  modelType: 'gpt2',
  baseModelPrefix: 'transformer.',
  ignoredTensors: /\.attn\.(masked_)?bias$/,
  source: 'Radford et al. 2019; huggingface/transformers models/gpt2',
  config(reader) {
    const width = reader.count('n_embd', 768);
    const heads = reader.count('n_head', 12);
    const headWidth = reader.headWidth(width, heads, 'n_embd');
    reader.refuse('scale_attn_weights', (value) => value === true, 'must be true');
    reader.refuse('scale_attn_by_inverse_layer_idx', (value) => value === false, 'must be false');
    reader.refuse('add_cross_attention', (value) => value === false, 'must be false');
    return {
      vocabularySize: reader.count('vocab_size', 50_257),
      width,
      layers: reader.count('n_layer', 12),
      heads,
      keyValueHeads: heads,
      headWidth,
      innerWidth: reader.count('n_inner', 4 * width),
      maxPositions: reader.count('n_positions', 1024),
      norm: 'layer',
      normEpsilon: reader.positive('layer_norm_epsilon', 1e-5),
      activation: reader.choice('activation_function', ACTIVATION_NAMES, 'gelu_new'),
      gated: false,
      positions: 'learned',
      attentionBias: true,
      attentionOutputBias: true,
      feedForwardBias: true,
      tiedHead: reader.flag('tie_word_embeddings', true),
      initializerRange: reader.positive('initializer_range', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, initializerRange: deviation } = config;
    const conv1d = (name: string, from: number, to: number, scale = 1): LinearSpec => ({
      name,
      in: from,
      out: to,
      bias: true,
      transposed: true,
      deviation: deviation * scale,
    });
    // Layers that write to the residual stream start smaller: section 2.3 of the paper.
    const residual = 1 / Math.sqrt(2 * config.layers);
    const block = (n: number) => {
      const prefix = `transformer.h.${n}`;
      return {
        attentionNorm: { name: `${prefix}.ln_1`, bias: true },
        projections: { fused: conv1d(`${prefix}.attn.c_attn`, width, 3 * width), order: 'side-by-side' as const },
        attentionOutput: conv1d(`${prefix}.attn.c_proj`, width, width, residual),
        feedForwardNorm: { name: `${prefix}.ln_2`, bias: true },
        up: conv1d(`${prefix}.mlp.c_fc`, width, innerWidth),
        down: conv1d(`${prefix}.mlp.c_proj`, innerWidth, width, residual),
      };
    };
    const head = { name: 'lm_head', in: width, out: config.vocabularySize, bias: false, transposed: false, deviation };
    return {
      tokens: { name: 'transformer.wte', rows: config.vocabularySize, deviation },
      positions: { name: 'transformer.wpe', rows: config.maxPositions, deviation },
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      finalNorm: { name: 'transformer.ln_f', bias: true },
      ...(config.tiedHead ? {} : { head }),
    };
  },
};
