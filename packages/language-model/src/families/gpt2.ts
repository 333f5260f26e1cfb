import { ACTIVATION_NAMES, type JsonObject, type ModelConfig } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';
import type { FamilySpec, LinearSpec } from './family.js';

/** LayerNorm, learned positions, fused projections stored (in, out). Names as in transformers `modeling_gpt2.py`. */
export const gpt2: FamilySpec = {
  architectures: ['GPT2LMHeadModel'],
  modelType: 'gpt2',
  modernise,
  baseModelPrefix: 'transformer.',
  ignoredTensors: /\.attn\.(masked_)?bias$/,
  source: 'Radford et al. 2019; huggingface/transformers models/gpt2',
  config(reader) {
    const width = reader.count('n_embd', 768);
    const heads = reader.count('n_head', 12);
    const headWidth = reader.headWidth(width, heads, 'n_embd');
    const layers = reader.count('n_layer', 12);
    reader.refuse('add_cross_attention', (value) => value === false, 'must be false');
    return {
      vocabularySize: reader.count('vocab_size', 50_257),
      width,
      layers,
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
      ...attentionGains(reader, layers, headWidth),
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

/** What transformers also takes for the names of the family, and prefers to them. */
const ALIASES: Readonly<Record<string, string>> = {
  hidden_size: 'n_embd',
  max_position_embeddings: 'n_positions',
  num_attention_heads: 'n_head',
  num_hidden_layers: 'n_layer',
};

/** @see huggingface/transformers `configuration_gpt2.py` attribute_map */
function modernise(raw: JsonObject): JsonObject {
  const renamed = Object.entries(raw).filter(([name]) => Object.hasOwn(ALIASES, name));
  if (renamed.length === 0) return raw;
  const others = Object.entries(raw).filter(([name]) => !Object.hasOwn(ALIASES, name));
  return Object.fromEntries([...others, ...renamed.map(([name, value]) => [ALIASES[name]!, value] as const)]);
}

/** Scores that are not divided by √D, or that are divided by the number of their layer, too. */
function attentionGains(reader: ConfigReader, layers: number, headWidth: number): Pick<ModelConfig, 'attentionGains'> {
  const unscaled = reader.flag('scale_attn_weights', true) ? 1 : Math.sqrt(headWidth);
  const isByLayer = reader.flag('scale_attn_by_inverse_layer_idx', false);
  if (unscaled === 1 && !isByLayer) return {};
  return { attentionGains: Array.from({ length: layers }, (_, n) => unscaled / (isByLayer ? n + 1 : 1)) };
}
