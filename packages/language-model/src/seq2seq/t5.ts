import type { ConfigReader } from '../families/config-reader.js';
import type { LinearSpec, NormSpec } from '../families/family.js';
import { ACTIVATION_NAMES, type ModelConfig } from '../model-config.js';
import type {
  AttentionLayout,
  DecoderStackBlock,
  EncoderStackBlock,
  Seq2SeqFamilySpec,
  StackLayout,
} from './seq2seq-family.js';

/**
 * `relu`, or `gated-gelu` of v1.1, whose gelu is the one with tanh.
 * @see huggingface/transformers models/t5/configuration_t5.py
 */
function readFeedForward(reader: ConfigReader): Pick<ModelConfig, 'activation' | 'gated'> {
  const name = reader.raw.feed_forward_proj ?? 'relu';
  const parts = typeof name === 'string' ? /^(gated-)?([a-z0-9_]+)$/u.exec(name) : null;
  const activation = name === 'gated-gelu' ? 'geluTanh' : ACTIVATION_NAMES[parts?.[2] ?? ''];
  if (activation !== undefined) return { activation, gated: parts?.[1] !== undefined };
  const known = Object.keys(ACTIVATION_NAMES).join(', ');
  const message = `must be one of ${known}, or one of these behind "gated-", and is ${JSON.stringify(name)}`;
  return reader.fail('feed_forward_proj', message, { activation: 'relu', gated: false });
}

/**
 * Whether states are divided by √width before the output layer. v1.1 says `tie_word_embeddings: false`; transformers 5
 * writes true for both, and tells them apart by `scale_decoder_outputs`.
 */
function readScaledHead(reader: ConfigReader): boolean {
  const tied = reader.flag('tie_word_embeddings', true);
  return reader.flag('scale_decoder_outputs', tied);
}

/** RMS norms, biases by distance instead of positions, no biases, unscaled products of queries and keys. */
export const t5: Seq2SeqFamilySpec = {
  architectures: ['T5ForConditionalGeneration', 'T5WithLMHeadModel'],
  modelType: 't5',
  floatFields: ['initializer_factor'],
  tokenAliases: ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'],
  ignoredTensors: /\.EncDecAttention\.relative_attention_bias\.weight$/,
  source: 'Raffel et al. 2020, arXiv:1910.10683; Shazeer 2020, arXiv:2002.05202; huggingface/transformers models/t5',
  config(reader) {
    const heads = reader.count('num_heads', 8);
    const layers = reader.count('num_layers', 6);
    const startId = reader.raw.decoder_start_token_id ?? reader.raw.pad_token_id ?? 0;
    if (!Number.isSafeInteger(startId)) reader.fail('decoder_start_token_id', 'must be a token id', undefined);
    const buckets = reader.count('relative_attention_num_buckets', 32);
    const maxDistance = reader.count('relative_attention_max_distance', 128);
    if (buckets % 4 !== 0 || maxDistance <= buckets / 2) {
      const message = `must be a multiple of 4, and below twice the maximum distance ${maxDistance}; it is ${buckets}`;
      reader.fail('relative_attention_num_buckets', message, undefined);
    }
    const scaledHead = readScaledHead(reader);
    return {
      vocabularySize: reader.count('vocab_size', 32_128),
      width: reader.count('d_model', 512),
      layers,
      heads,
      keyValueHeads: heads,
      headWidth: reader.count('d_kv', 64),
      innerWidth: reader.count('d_ff', 2048),
      maxPositions: reader.count('n_positions', 512),
      norm: 'rms',
      normEpsilon: reader.positive('layer_norm_epsilon', 1e-6),
      ...readFeedForward(reader),
      positions: 'relative',
      attentionBias: false,
      attentionOutputBias: false,
      feedForwardBias: false,
      tiedHead: scaledHead, // as published; the weights of a folder may say otherwise
      initializerRange: reader.positive('initializer_factor', 1),
      encoderDecoder: {
        decoderLayers: reader.count('num_decoder_layers', layers),
        startId: startId as number,
        buckets,
        maxDistance,
        dropout: reader.share('dropout_rate', 0.1),
        scaledHead,
      },
    };
  },
  layout(config) {
    const { width, vocabularySize, initializerRange: factor, encoderDecoder } = config;
    return {
      tokens: { name: 'shared', rows: vocabularySize, deviation: factor },
      encoder: stack(config, 'encoder', config.layers, (n) => encoderBlock(config, n)),
      decoder: stack(config, 'decoder', encoderDecoder!.decoderLayers, (n) => decoderBlock(config, n)),
      ...(config.tiedHead ? {} : { head: linear('lm_head', width, vocabularySize, factor) }),
    };
  },
};

function linear(name: string, from: number, to: number, deviation: number): LinearSpec {
  return { name, in: from, out: to, bias: false, transposed: false, deviation };
}

const norm = (name: string): NormSpec => ({ name, bias: false });

function stack<Block>(
  { encoderDecoder, width, initializerRange }: ModelConfig,
  side: string,
  layers: number,
  block: (n: number) => Block,
): StackLayout<Block> {
  return {
    positionBias: {
      name: `${side}.block.0.layer.0.SelfAttention.relative_attention_bias`,
      rows: encoderDecoder!.buckets,
      deviation: initializerRange * width ** -0.5,
    },
    blocks: Array.from({ length: layers }, (_, n) => block(n)),
    finalNorm: norm(`${side}.final_layer_norm`),
  };
}

function attention({ width, heads, headWidth, initializerRange }: ModelConfig, name: string): AttentionLayout {
  const inner = heads * headWidth;
  const fromWidth = initializerRange * width ** -0.5;
  return {
    // Unscaled products: queries start small enough to make up for it.
    query: linear(`${name}.q`, width, inner, initializerRange * (width * headWidth) ** -0.5),
    key: linear(`${name}.k`, width, inner, fromWidth),
    value: linear(`${name}.v`, width, inner, fromWidth),
    output: linear(`${name}.o`, inner, width, initializerRange * inner ** -0.5),
  };
}

function feedForward(config: ModelConfig, layer: string): Omit<EncoderStackBlock, 'selfNorm' | 'self'> {
  const { width, innerWidth, gated, initializerRange } = config;
  const name = `${layer}.DenseReluDense`;
  const fromWidth = initializerRange * width ** -0.5;
  return {
    feedForwardNorm: norm(`${layer}.layer_norm`),
    ...(gated ? { gate: linear(`${name}.wi_0`, width, innerWidth, fromWidth) } : {}),
    up: linear(gated ? `${name}.wi_1` : `${name}.wi`, width, innerWidth, fromWidth),
    down: linear(`${name}.wo`, innerWidth, width, initializerRange * innerWidth ** -0.5),
  };
}

function encoderBlock(config: ModelConfig, n: number): EncoderStackBlock {
  const layer = `encoder.block.${n}.layer`;
  return {
    selfNorm: norm(`${layer}.0.layer_norm`),
    self: attention(config, `${layer}.0.SelfAttention`),
    ...feedForward(config, `${layer}.1`),
  };
}

function decoderBlock(config: ModelConfig, n: number): DecoderStackBlock {
  const layer = `decoder.block.${n}.layer`;
  return {
    selfNorm: norm(`${layer}.0.layer_norm`),
    self: attention(config, `${layer}.0.SelfAttention`),
    crossNorm: norm(`${layer}.1.layer_norm`),
    cross: attention(config, `${layer}.1.EncDecAttention`),
    ...feedForward(config, `${layer}.2`),
  };
}
