import { ACTIVATION_NAMES, type ModelConfig } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';
import type { DecoderLayout, FamilySpec } from './family.js';
import { plainLinear } from './linears.js';
import { readRotary } from './rotary-config.js';

/** What the families that share Llama's blocks do not share: the defaults of their config classes, and biases. */
export interface LlamaVariant {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  /** As many as query heads, when left out. */
  readonly num_key_value_heads?: number;
  readonly max_position_embeddings: number;
  readonly biases: (
    reader: ConfigReader,
  ) => Pick<ModelConfig, 'attentionBias' | 'attentionOutputBias' | 'feedForwardBias'>;
}

/** Reads a config.json in Llama's vocabulary. */
export function readLlamaLike(reader: ConfigReader, variant: LlamaVariant): ReturnType<FamilySpec['config']> {
  const width = reader.count('hidden_size', variant.hidden_size);
  const heads = reader.count('num_attention_heads', variant.num_attention_heads);
  // Null says something else than nothing does.
  const shared = reader.raw.num_key_value_heads === null ? heads : (variant.num_key_value_heads ?? heads);
  const keyValueHeads = reader.count('num_key_value_heads', shared);
  if (heads % keyValueHeads !== 0) {
    reader.fail('num_key_value_heads', `${keyValueHeads} does not divide num_attention_heads ${heads}`, undefined);
  }
  const isGiven = reader.raw.head_dim != null;
  const headWidth = isGiven ? reader.count('head_dim') : reader.headWidth(width, heads, 'hidden_size');
  const maxPositions = reader.count('max_position_embeddings', variant.max_position_embeddings);
  return {
    vocabularySize: reader.count('vocab_size', variant.vocab_size),
    width,
    layers: reader.count('num_hidden_layers', variant.num_hidden_layers),
    heads,
    keyValueHeads,
    headWidth,
    innerWidth: reader.count('intermediate_size', variant.intermediate_size),
    norm: 'rms',
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    activation: reader.choice('hidden_act', ACTIVATION_NAMES, 'silu'),
    gated: true,
    ...readRotary(reader, { headWidth, maxPositions }),
    ...variant.biases(reader),
    tiedHead: reader.flag('tie_word_embeddings', false),
    initializerRange: reader.positive('initializer_range', 0.02),
  };
}

/** The window of each layer; nothing where no layer has one. Rows may be longer than the model was made for. */
export function windows(
  { layers }: Pick<ModelConfig, 'layers'>,
  windowOfLayer: (layer: number) => number | null,
): Pick<ModelConfig, 'windows'> {
  const sizes = Array.from({ length: layers }, (_, layer) => windowOfLayer(layer));
  return sizes.some((size) => size !== null) ? { windows: sizes } : {};
}

/** The modules of a model with Llama's blocks. Names as in transformers `modeling_llama.py`. */
export function llamaLayout(config: ModelConfig): DecoderLayout {
  const { width, innerWidth, heads, keyValueHeads, headWidth, initializerRange: deviation } = config;
  const linear = plainLinear(deviation);
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
}
