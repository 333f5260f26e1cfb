import { ACTIVATION_NAMES } from '../model-config.js';
import type { FamilySpec } from './family.js';
import { plainLinear } from './linears.js';

/** The first two rows of the position table are never read. @see transformers OPTLearnedPositionalEmbedding */
const POSITION_OFFSET = 2;

/**
 * LayerNorm before the branches or, in OPT 350M, behind them; learned positions; token embeddings that may be narrower
 * than the blocks. Names as in transformers `modeling_opt.py`.
 */
export const opt: FamilySpec = {
  architectures: ['OPTForCausalLM'],
  modelType: 'opt',
  baseModelPrefix: 'model.',
  ignoredTensors: /(?!)/, // none are known
  source: 'Zhang et al. 2022, arXiv:2205.01068; huggingface/transformers models/opt',
  config(reader) {
    const width = reader.count('hidden_size', 768);
    const heads = reader.count('num_attention_heads', 12);
    const headWidth = reader.headWidth(width, heads, 'hidden_size');
    const isBefore = reader.flag('do_layer_norm_before', true);
    const bias = reader.flag('enable_bias', true);
    const embeddingWidth = reader.count('word_embed_proj_dim', width);
    reader.refuse('layer_norm_elementwise_affine', (value) => value === true, 'must be true');
    return {
      vocabularySize: reader.count('vocab_size', 50_272),
      width,
      ...(embeddingWidth === width ? {} : { embeddingWidth }),
      layers: reader.count('num_hidden_layers', 12),
      heads,
      keyValueHeads: heads,
      headWidth,
      innerWidth: reader.count('ffn_dim', 3072),
      maxPositions: reader.count('max_position_embeddings', 2048),
      norm: 'layer',
      normEpsilon: 1e-5,
      arrangement: isBefore ? 'pre-norm' : 'post-norm',
      finalNorm: isBefore && !reader.flag('_remove_final_layer_norm', false),
      activation: reader.choice('activation_function', ACTIVATION_NAMES, 'relu'),
      gated: false,
      positions: 'learned',
      attentionBias: bias,
      attentionOutputBias: bias,
      feedForwardBias: bias,
      tiedHead: reader.flag('tie_word_embeddings', true),
      initializerRange: reader.positive('init_std', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, embeddingWidth, initializerRange: deviation } = config;
    const linear = plainLinear(deviation);
    const decoder = 'model.decoder';
    const block = (n: number) => {
      const prefix = `${decoder}.layers.${n}`;
      const project = (name: string, bias: boolean) => linear(`${prefix}.self_attn.${name}`, width, width, bias);
      return {
        attentionNorm: { name: `${prefix}.self_attn_layer_norm`, bias: true },
        projections: {
          query: project('q_proj', config.attentionBias),
          key: project('k_proj', config.attentionBias),
          value: project('v_proj', config.attentionBias),
        },
        attentionOutput: project('out_proj', config.attentionOutputBias),
        feedForwardNorm: { name: `${prefix}.final_layer_norm`, bias: true },
        up: linear(`${prefix}.fc1`, width, innerWidth, config.feedForwardBias),
        down: linear(`${prefix}.fc2`, innerWidth, width, config.feedForwardBias),
      };
    };
    const outer = embeddingWidth ?? width;
    return {
      tokens: { name: `${decoder}.embed_tokens`, rows: config.vocabularySize, width: outer, deviation },
      ...(embeddingWidth === undefined
        ? {}
        : {
            projectIn: linear(`${decoder}.project_in`, outer, width, false),
            projectOut: linear(`${decoder}.project_out`, width, outer, false),
          }),
      positions: {
        name: `${decoder}.embed_positions`,
        rows: config.maxPositions + POSITION_OFFSET,
        offset: POSITION_OFFSET,
        deviation,
      },
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      ...(config.finalNorm ? { finalNorm: { name: `${decoder}.final_layer_norm`, bias: true } } : {}),
      ...(config.tiedHead ? {} : { head: linear('lm_head', outer, config.vocabularySize, false) }),
    };
  },
};
