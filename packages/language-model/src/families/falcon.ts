import { ACTIVATION_NAMES, type JsonObject } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';
import type { FamilySpec } from './family.js';
import { plainLinear } from './linears.js';
import { readRotary } from './rotary-config.js';

/**
 * LayerNorm, rotary positions, query, key and value in one layer by groups. Falcon 7B has one key for all queries and
 * one norm for both branches; the new decoder of 40B and 180B has groups and a norm for each, that of 11B groups and one
 * norm. Falcon-RW has a key for each query, one branch after the other, and ALiBi's positions. Names as in transformers
 * `modeling_falcon.py`.
 */
export const falcon: FamilySpec = {
  architectures: ['FalconForCausalLM', 'RWForCausalLM'],
  modelType: 'falcon',
  modernise,
  baseModelPrefix: 'transformer.',
  ignoredTensors: /\.rotary_emb\.inv_freq$/,
  source: 'Almazrouei et al. 2023, arXiv:2311.16867; huggingface/transformers models/falcon',
  config(reader) {
    const sizeName = reader.raw.n_embed == null ? 'hidden_size' : 'n_embed';
    const width = reader.count(sizeName, 4544);
    const heads = reader.count('num_attention_heads', 71);
    const headWidth = reader.headWidth(width, heads, sizeName);
    reader.refuse('head_dim', (value) => value === headWidth, `must be ${headWidth}, the width of a head`);
    const maxPositions = reader.count('max_position_embeddings', 2048);
    const bias = reader.flag('bias', false);
    const architecture = readArchitecture(reader, heads);
    const isAlibi = reader.flag('alibi', false);
    if (isAlibi && architecture.keyValueHeads !== heads) {
      reader.fail(
        'alibi',
        'needs a key for each query: multi_query and new_decoder_architecture must be false',
        undefined,
      );
    }
    return {
      vocabularySize: reader.count('vocab_size', 65_024),
      width,
      layers: reader.count('num_hidden_layers', 32),
      heads,
      headWidth,
      innerWidth: reader.count('ffn_hidden_size', 4 * width),
      ...(isAlibi ? { positions: 'alibi', maxPositions } : readRotary(reader, { headWidth, maxPositions })),
      norm: 'layer',
      normEpsilon: reader.positive('layer_norm_epsilon', 1e-5),
      ...architecture,
      activation: reader.choice('activation', ACTIVATION_NAMES, 'gelu'),
      gated: false,
      attentionBias: bias,
      attentionOutputBias: bias,
      feedForwardBias: bias,
      tiedHead: reader.flag('tie_word_embeddings', true),
      initializerRange: reader.positive('initializer_range', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, heads, keyValueHeads, headWidth, initializerRange: deviation } = config;
    const linear = plainLinear(deviation);
    const isParallel = config.arrangement === 'parallel';
    const block = (n: number) => {
      const prefix = `transformer.h.${n}`;
      const norm = (name: string) => ({ name: `${prefix}.${name}`, bias: true });
      const norms = !isParallel
        ? { attentionNorm: norm('input_layernorm'), feedForwardNorm: norm('post_attention_layernorm') }
        : config.branchNorms === 1
          ? { attentionNorm: norm('input_layernorm') }
          : { attentionNorm: norm('ln_attn'), feedForwardNorm: norm('ln_mlp') };
      const fusedWidth = (heads + 2 * keyValueHeads) * headWidth;
      return {
        ...norms,
        projections: {
          fused: linear(`${prefix}.self_attention.query_key_value`, width, fusedWidth, config.attentionBias),
          order: 'by-group' as const,
        },
        attentionOutput: linear(`${prefix}.self_attention.dense`, width, width, config.attentionOutputBias),
        up: linear(`${prefix}.mlp.dense_h_to_4h`, width, innerWidth, config.feedForwardBias),
        down: linear(`${prefix}.mlp.dense_4h_to_h`, innerWidth, width, config.feedForwardBias),
      };
    };
    return {
      tokens: { name: 'transformer.word_embeddings', rows: config.vocabularySize, deviation },
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      finalNorm: { name: 'transformer.ln_f', bias: true },
      ...(config.tiedHead ? {} : { head: linear('lm_head', width, config.vocabularySize, false) }),
    };
  },
};

/** What fields were called while the model brought code of its own along, as RWForCausalLM. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  n_head: 'num_attention_heads',
  n_layer: 'num_hidden_layers',
  n_head_kv: 'num_kv_heads',
};

/** @see tiiuae/falcon-7b and tiiuae/falcon-40b, configuration_RW.py of May 2023 */
function modernise(raw: JsonObject): JsonObject {
  if (!Array.isArray(raw.architectures) || raw.architectures[0] !== 'RWForCausalLM') return raw;
  const fields = Object.entries(raw).map(([name, value]) => [FORMER_NAMES[name] ?? name, value]);
  return {
    // 40B alone has groups of keys, and a norm for each branch.
    new_decoder_architecture: raw.model_type === 'RefinedWeb',
    ...Object.fromEntries(fields),
    architectures: ['FalconForCausalLM'],
    model_type: 'falcon',
  };
}

type Architecture = Pick<ReturnType<FamilySpec['config']>, 'keyValueHeads' | 'arrangement' | 'branchNorms'>;

/** The flags in which the decoders of the family differ; combinations that transformers cannot run are refused. */
function readArchitecture(reader: ConfigReader, heads: number): Architecture {
  const groups = reader.count('num_kv_heads', heads);
  const isParallel = reader.flag('parallel_attn', true);
  const isNew = reader.flag('new_decoder_architecture', false);
  const norms = reader.count('num_ln_in_parallel_attn', isNew ? 2 : 1);
  if (isNew && !isParallel) reader.fail('parallel_attn', 'must be true in the new decoder architecture', undefined);
  if (isParallel && (norms > 2 || (!isNew && norms === 2))) {
    reader.fail('num_ln_in_parallel_attn', `must be ${isNew ? '1 or 2' : '1 in the old decoder'}, and is ${norms}`, 1);
  }
  if (isNew) {
    if (heads % groups !== 0) {
      reader.fail('num_kv_heads', `${groups} does not divide num_attention_heads ${heads}`, undefined);
    }
    return { keyValueHeads: groups, arrangement: 'parallel', branchNorms: norms === 1 ? 1 : 2 };
  }
  const isMultiQuery = reader.flag('multi_query', true);
  if (!isMultiQuery && groups !== heads) {
    reader.fail('num_kv_heads', `must be num_attention_heads ${heads} without multi_query, and is ${groups}`, heads);
  }
  const keyValueHeads = isMultiQuery ? 1 : heads;
  return isParallel
    ? { keyValueHeads, arrangement: 'parallel', branchNorms: 1 }
    : { keyValueHeads, arrangement: 'pre-norm' };
}
