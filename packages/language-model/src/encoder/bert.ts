import type { ConfigReader } from '../families/config-reader.js';
import type { LinearSpec } from '../families/family.js';
import { ACTIVATION_NAMES, type ModelConfig } from '../model-config.js';
import type { EncoderFamilySpec, EncoderLayout, MaskedHeadLayout } from './encoder-family.js';

/** What every encoder of this shape has in common as a `ModelConfig`. */
export const ENCODER_TRAITS = {
  norm: 'layer',
  gated: false,
  positions: 'learned',
  attentionBias: true,
  attentionOutputBias: true,
  feedForwardBias: true,
  tiedHead: true,
} as const;

/** First position of a RoBERTa text: the rows up to the padding id are not used. */
export function positionOffset(padId: number | undefined): number {
  return (padId ?? 1) + 1;
}

function readBert(reader: ConfigReader, offset: number): ReturnType<EncoderFamilySpec['config']> {
  const width = reader.count('hidden_size', 768);
  const heads = reader.count('num_attention_heads', 12);
  if (width % heads !== 0) reader.fail('hidden_size', `${width} cannot be split into ${heads} heads`, undefined);
  reader.refuse('position_embedding_type', (value) => value === 'absolute', 'must be "absolute"');
  reader.refuse('is_decoder', (value) => value === false, 'must be false');
  const rows = reader.count('max_position_embeddings', 512);
  if (rows <= offset) reader.fail('max_position_embeddings', `must be above ${offset}, and is ${rows}`, undefined);
  return {
    ...ENCODER_TRAITS,
    vocabularySize: reader.count('vocab_size', 30_522),
    width,
    layers: reader.count('num_hidden_layers', 12),
    heads,
    keyValueHeads: heads,
    headWidth: Math.max(1, Math.floor(width / heads)),
    innerWidth: reader.count('intermediate_size', 3072),
    maxPositions: rows - offset,
    normEpsilon: reader.positive('layer_norm_eps', 1e-12),
    activation: reader.choice('hidden_act', ACTIVATION_NAMES, 'gelu'),
    initializerRange: reader.positive('initializer_range', 0.02),
  };
}

function bertLayout(config: ModelConfig, prefix: string, offset: number, head: MaskedHeadLayout): EncoderLayout {
  const { width, innerWidth, initializerRange: deviation } = config;
  const linear = (name: string, from: number, to: number): LinearSpec => encoderLinear(name, from, to, deviation);
  const typeRows = config.raw.type_vocab_size;
  const norm = (name: string) => ({ name, bias: true });
  const block = (n: number) => {
    const layer = `${prefix}encoder.layer.${n}`;
    return {
      query: linear(`${layer}.attention.self.query`, width, width),
      key: linear(`${layer}.attention.self.key`, width, width),
      value: linear(`${layer}.attention.self.value`, width, width),
      attentionOutput: linear(`${layer}.attention.output.dense`, width, width),
      attentionNorm: norm(`${layer}.attention.output.LayerNorm`),
      up: linear(`${layer}.intermediate.dense`, width, innerWidth),
      down: linear(`${layer}.output.dense`, innerWidth, width),
      outputNorm: norm(`${layer}.output.LayerNorm`),
    };
  };
  const embedding = (name: string, rows: number) => ({ name: `${prefix}embeddings.${name}`, rows, deviation });
  return {
    tokens: embedding('word_embeddings', config.vocabularySize),
    positions: embedding('position_embeddings', config.maxPositions + offset),
    types: embedding('token_type_embeddings', typeof typeRows === 'number' ? typeRows : 2),
    embeddingNorm: norm(`${prefix}embeddings.LayerNorm`),
    blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
    head,
  };
}

/** A biased layer stored (out, in). */
export function encoderLinear(name: string, from: number, to: number, deviation: number): LinearSpec {
  return { name, in: from, out: to, bias: true, transposed: false, deviation };
}

export const bert: EncoderFamilySpec = {
  architectures: ['BertForMaskedLM', 'BertModel', 'BertForPreTraining', 'BertForSequenceClassification'],
  modelType: 'bert',
  baseModelPrefix: 'bert.',
  positionIds: 'from-zero',
  prefixSpace: false,
  source: 'Devlin et al. 2019, arXiv:1810.04805; huggingface/transformers models/bert',
  config: (reader) => readBert(reader, 0),
  layout: (config) =>
    bertLayout(config, 'bert.', 0, {
      transform: encoderLinear('cls.predictions.transform.dense', config.width, config.width, config.initializerRange),
      activation: config.activation,
      norm: { name: 'cls.predictions.transform.LayerNorm', bias: true },
      bias: 'cls.predictions.bias',
    }),
};

export const roberta: EncoderFamilySpec = {
  architectures: ['RobertaForMaskedLM', 'RobertaModel', 'RobertaForSequenceClassification'],
  modelType: 'roberta',
  baseModelPrefix: 'roberta.',
  positionIds: 'after-padding',
  prefixSpace: true,
  source: 'Liu et al. 2019, arXiv:1907.11692; huggingface/transformers models/roberta',
  config: (reader) => {
    const padId = reader.raw.pad_token_id;
    return readBert(reader, positionOffset(typeof padId === 'number' ? padId : undefined));
  },
  layout: (config) =>
    bertLayout(config, 'roberta.', positionOffset(config.padId), {
      transform: encoderLinear('lm_head.dense', config.width, config.width, config.initializerRange),
      activation: 'gelu',
      norm: { name: 'lm_head.layer_norm', bias: true },
      bias: 'lm_head.bias',
    }),
};
