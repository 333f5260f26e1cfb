import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { sizeOf } from '../graph/attention.js';
import { type Parameters, splitRows } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { behindPastBias } from '../seq2seq/relative-bias.js';
import { seq2seqFamilyOf } from '../seq2seq/seq2seq-families.js';
import { crossKeyValues, seq2seqDecoderHidden, seq2seqEncoderHidden, seq2seqLogits } from '../seq2seq/seq2seq-graph.js';
import { biasedAttention, bucketSpec, crossAttention } from '../seq2seq/stack-attention.js';

/**
 * Adds the encoder with the names that `optimum` gives and `@huggingface/transformers` expects: `input_ids` and
 * `attention_mask` (B, S) in, `last_hidden_state` (B, S, D) out.
 * @see huggingface/optimum-onnx `exporters/onnx/model_configs.py` T5OnnxConfig
 */
export function buildExportedEncoder(g: GraphBuilder, config: ModelConfig, parameters: Parameters): void {
  const shape = ['batch_size', 'encoder_sequence_length'];
  const inputIds = readable(g, g.input('input_ids', 'int64', shape), g.input('attention_mask', 'int64', shape));
  const states = seq2seqEncoderHidden(g, config, { parameters }, inputIds);
  g.output('last_hidden_state', splitRows(g, states, inputIds, [config.width]));
}

/**
 * Adds the decoder: `input_ids` (B, T) behind `past_key_values.N.decoder.key` / `.value` (B, H, P, D_head), and
 * `encoder_hidden_states` (B, S, D) with `encoder_attention_mask` (B, S) in; `logits` (B, T, V) and `present.…` out. What the layers
 * see of the encoder's states is computed where `use_cache_branch` is false, and otherwise is that of
 * `past_key_values.N.encoder.key` / `.value` (B, H, S, D_head).
 * @see huggingface/transformers.js `packages/transformers/src/models/modeling_utils.js` decoder_forward, getPastKeyValues
 */
export function buildExportedDecoder(g: GraphBuilder, config: ModelConfig, parameters: Parameters): void {
  const { heads, headWidth, width, vocabularySize, encoderDecoder } = config;
  const parts = { parameters };
  const batch = 'batch_size';
  const [read, past] = ['encoder_sequence_length', 'past_decoder_sequence_length'];
  const inputIds = g.input('input_ids', 'int64', [batch, 'decoder_sequence_length']);
  const mask = g.input('encoder_attention_mask', 'int64', [batch, read]);
  const states = g.input('encoder_hidden_states', 'float32', [batch, read, width]);
  const usesCache = g.op.reshape(g.input('use_cache_branch', 'bool', [1]), []);
  const layers = Array.from({ length: encoderDecoder!.decoderLayers }, (_, layer) => layer);
  const cache = (side: string, length: string): readonly (readonly [Value, Value])[] =>
    layers.map((layer) => {
      const part = (name: string): Value =>
        g.input(`past_key_values.${layer}.${side}.${name}`, 'float32', [batch, heads, length, headWidth]);
      return [part('key'), part('value')];
    });
  const written = cache('decoder', past);
  const known = cache('encoder', 'past_encoder_sequence_length');
  const seen = g.op.if(
    usesCache,
    (b) => known.flat().map((x) => b.node('Identity', [x])[0]!),
    (b) => {
      const rows = b.op.reshape(states, [-1, width]);
      return crossKeyValues(b, config, parts, rows, mask).flatMap(({ key, value }) => [key, value]);
    },
  );
  const table = parameters(`${seq2seqFamilyOf(config).layout(config).decoder.positionBias.name}.weight`);
  const bias = behindPastBias(g, table, bucketSpec(config, false), inputIds, sizeOf(g, written[0]![0], 2));
  const cross = crossAttention(g, readable(g, mask, mask), 'kept');
  const present: (readonly [Value, Value])[] = [];
  const hidden = seq2seqDecoderHidden(g, config, parts, inputIds, {
    self: (b, layer, { query, key, value }) => {
      const [before, values] = written[layer]!;
      const all = { key: b.op.concat([before, key], 2), value: b.op.concat([values, value], 2) };
      present.push([all.key, all.value]);
      return biasedAttention(b, { query, ...all }, bias);
    },
    cross: (b, layer, query) => cross(b, layer, { query, key: seen[2 * layer]!, value: seen[2 * layer + 1]! }),
  });
  g.output('logits', splitRows(g, seq2seqLogits(g, config, parts, hidden), inputIds, [vocabularySize]));
  for (const layer of layers) {
    const [key, value] = present[layer]!;
    g.output(`present.${layer}.decoder.key`, key);
    g.output(`present.${layer}.decoder.value`, value);
    g.output(`present.${layer}.encoder.key`, seen[2 * layer]!);
    g.output(`present.${layer}.encoder.value`, seen[2 * layer + 1]!);
  }
}

/** Ids with -1 for padding, as our graphs read them. */
function readable(g: GraphBuilder, ids: Value, mask: Value): Value {
  return g.op.where(g.op.greater(mask, 0), ids, g.constant('int64', -1));
}
