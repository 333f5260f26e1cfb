import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { LanguageModelError } from '../errors.js';
import { attendByWindow, attention, MASKED_SCORE, sizeOf, withinWindow } from '../graph/attention.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import { type Parameters, splitRows } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';

/**
 * Adds the inference graph with the names that `optimum` gives and `@huggingface/transformers` expects:
 * `input_ids`, `attention_mask`, `position_ids` and `past_key_values.N.key` / `.value` (B, H_kv, P, D) in, `logits`
 * (B, S, V) and `present.N.key` / `.value` (B, H_kv, P + S, D) out. Padding may lie on either side. Where config.json says
 * `multi_query`, the library looks for `.key_value` (B, H_kv, P, 2·D), keys before values.
 * @see huggingface/optimum `exporters/onnx/model_configs.py` TextDecoderWithPositionIdsOnnxConfig
 * @see huggingface/transformers.js `packages/transformers/src/configs.js` getCacheNames
 */
export function buildInferenceGraph(g: GraphBuilder, config: ModelConfig, parameters: Parameters): void {
  if (config.positions === 'alibi') throw notExported(config);
  const batch = 'batch_size';
  const inputIds = g.input('input_ids', 'int64', [batch, 'sequence_length']);
  const attentionMask = g.input('attention_mask', 'int64', [batch, 'total_sequence_length']);
  const positions = g.input('position_ids', 'int64', [batch, 'sequence_length']);
  const isJoined = config.raw.multi_query === true;
  const width = isJoined ? 2 * config.headWidth : config.headWidth;
  const cacheShape = [batch, config.keyValueHeads, 'past_sequence_length', width];
  const parts = isJoined ? ['key_value'] : ['key', 'value'];
  const past = Array.from({ length: config.layers }, (_, layer) =>
    parts.map((part) => g.input(`past_key_values.${layer}.${part}`, 'float32', cacheShape)),
  );
  const present: (readonly Value[])[] = [];
  const hidden = decoderHidden(
    g,
    config,
    { parameters },
    {
      inputIds,
      positions,
      attend: attendByWindow(config, (window) => {
        const mask = paddedCausalMask(g, inputIds, attentionMask, window);
        return (b, { layer, query, key, value }) => {
          const fresh = isJoined ? [b.op.concat([key, value], 3)] : [key, value];
          const cache = fresh.map((x, i) => b.op.concat([past[layer]![i]!, x], 2));
          present.push(cache);
          const [keys, values] = isJoined ? halves(b, cache[0]!, config.headWidth) : (cache as [Value, Value]);
          return attention(b, config, { query, key: keys, value: values }, mask);
        };
      }),
    },
  );
  const logits = decoderLogits(g, config, { parameters }, hidden);
  g.output('logits', splitRows(g, logits, inputIds, [config.vocabularySize]));
  for (const [layer, cache] of present.entries()) {
    for (const [i, part] of parts.entries()) g.output(`present.${layer}.${part}`, cache[i]!);
  }
}

/** The two tensors of a width that stand side by side in the last axis. */
function halves(g: GraphBuilder, x: Value, width: number): [Value, Value] {
  return [0, width].map((start) => g.op.slice(x, { starts: [start], ends: [start + width], axes: [3] })) as [
    Value,
    Value,
  ];
}

function notExported({ family }: ModelConfig): LanguageModelError {
  return new LanguageModelError('MODEL_KIND_MISMATCH', {
    what: `This model of the family ${family} cannot be exported.`,
    why: 'Its positions are ALiBi, which the names that transformers.js knows have no place for.',
    fix: 'Run it here with openGenerator, or export a model with rotary or learned positions.',
  });
}

/** (B, 1, S, T): query s stands at T − S + s; it sees what is not behind it, in its window, and not padding. */
function paddedCausalMask(g: GraphBuilder, inputIds: Value, attentionMask: Value, window: number | undefined): Value {
  const queries = sizeOf(g, inputIds, 1);
  const keys = sizeOf(g, attentionMask, 1);
  const queryPlaces = g.op.add(g.op.range(0, queries, 1), g.op.sub(keys, queries));
  const places = { keys: g.op.range(0, keys, 1), queries: g.op.unsqueeze(queryPlaces, [1]) };
  const before = withinWindow(g, places.keys, places.queries, window, g.op.lessOrEqual(places.keys, places.queries));
  const real = g.op.greater(g.op.unsqueeze(attentionMask, [1, 2]), 0);
  return g.op.where(g.op.and(before, real), g.constant('float32', 0), g.constant('float32', MASKED_SCORE));
}
