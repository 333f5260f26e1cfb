import { ACTIVATION_NAMES } from '../model-config.js';
import { ENCODER_TRAITS, encoderLinear } from './bert.js';
import type { EncoderFamilySpec } from './encoder-family.js';

export const distilbert: EncoderFamilySpec = {
  architectures: ['DistilBertForMaskedLM', 'DistilBertModel', 'DistilBertForSequenceClassification'],
  modelType: 'distilbert',
  baseModelPrefix: 'distilbert.',
  positionIds: 'from-zero',
  prefixSpace: false,
  source: 'Sanh et al. 2019, arXiv:1910.01108; huggingface/transformers models/distilbert',
  config(reader) {
    const width = reader.count('dim', 768);
    const heads = reader.count('n_heads', 12);
    if (width % heads !== 0) reader.fail('dim', `${width} cannot be split into ${heads} heads`, undefined);
    return {
      ...ENCODER_TRAITS,
      vocabularySize: reader.count('vocab_size', 30_522),
      width,
      layers: reader.count('n_layers', 6),
      heads,
      keyValueHeads: heads,
      headWidth: Math.max(1, Math.floor(width / heads)),
      innerWidth: reader.count('hidden_dim', 3072),
      maxPositions: reader.count('max_position_embeddings', 512),
      normEpsilon: 1e-12, // fixed in modeling_distilbert.py
      activation: reader.choice('activation', ACTIVATION_NAMES, 'gelu'),
      initializerRange: reader.positive('initializer_range', 0.02),
    };
  },
  layout(config) {
    const { width, innerWidth, initializerRange: deviation } = config;
    const linear = (name: string, from: number, to: number) => encoderLinear(name, from, to, deviation);
    const norm = (name: string) => ({ name, bias: true });
    const block = (n: number) => {
      const layer = `distilbert.transformer.layer.${n}`;
      return {
        query: linear(`${layer}.attention.q_lin`, width, width),
        key: linear(`${layer}.attention.k_lin`, width, width),
        value: linear(`${layer}.attention.v_lin`, width, width),
        attentionOutput: linear(`${layer}.attention.out_lin`, width, width),
        attentionNorm: norm(`${layer}.sa_layer_norm`),
        up: linear(`${layer}.ffn.lin1`, width, innerWidth),
        down: linear(`${layer}.ffn.lin2`, innerWidth, width),
        outputNorm: norm(`${layer}.output_layer_norm`),
      };
    };
    const embedding = (name: string, rows: number) => ({ name: `distilbert.embeddings.${name}`, rows, deviation });
    return {
      tokens: embedding('word_embeddings', config.vocabularySize),
      positions: embedding('position_embeddings', config.maxPositions),
      embeddingNorm: norm('distilbert.embeddings.LayerNorm'),
      blocks: Array.from({ length: config.layers }, (_, n) => block(n)),
      head: {
        transform: linear('vocab_transform', width, width),
        activation: config.activation,
        norm: norm('vocab_layer_norm'),
        bias: 'vocab_projector.bias',
      },
    };
  },
};
