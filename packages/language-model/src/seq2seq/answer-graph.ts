import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { bestToken, isStop, rowHealth, someUnfinished } from '../generation/decode-graph.js';
import type { ModelParts } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { lastRowBias } from './relative-bias.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import { crossKeyValues, seq2seqDecoderHidden, seq2seqEncoderHidden, seq2seqLogits } from './seq2seq-graph.js';
import { biasedAttention, bucketSpec, crossAttention } from './stack-attention.js';

/**
 * Adds a whole answer to `g`: the encoder reads B texts, what the decoder sees of them is computed once and stays
 * outside of the Loop, in which all rows write, one token a turn, until every row has finished. The decoder's own keys
 * and values are the state of the Loop, one place longer each turn.
 *
 * Inputs: `input_ids` (B, S) int32, padding -1; `budget` (B) int32, tokens a row may write; `stop_ids` int32; `steps`
 * int64, the largest budget. Outputs: `tokens` (turns, B) int32 and `health` (turns, B), finite where the row's state is.
 */
export function buildAnswerGraph(g: GraphBuilder, config: ModelConfig, parts: ModelParts): void {
  const inputIds = g.input('input_ids', 'int32', ['B', 'S']);
  const budget = g.input('budget', 'int32', ['B']);
  const stopIds = g.input('stop_ids', 'int32', ['Stops']);
  const steps = g.input('steps', 'int64', []);
  const { heads, headWidth, encoderDecoder } = config;
  const { decoderLayers, startId } = encoderDecoder!;
  const { positionBias } = seq2seqFamilyOf(config).layout(config).decoder;
  const table = parts.parameters(`${positionBias.name}.weight`);
  const states = seq2seqEncoderHidden(g, config, parts, inputIds);
  const seen = crossKeyValues(g, config, parts, states, inputIds);
  const cross = crossAttention(g, inputIds, 'kept');
  const start = g.op.expand(g.constant('int32', startId), g.op.shape(budget));
  const finished = g.op.lessOrEqual(budget, 0);
  const tailShape = g.op.concat([g.op.shape(budget), g.constant('int64', [heads, 0, headWidth])], 0);
  const tails = Array.from({ length: 2 * decoderLayers }, () => g.op.constantOfShape(tailShape));
  const { scan } = g.op.loop({
    tripCount: steps,
    condition: someUnfinished(g, finished),
    state: [start, finished, ...tails] as readonly Value[],
    stateShapes: [undefined, undefined, ...tails.map(() => ['B', heads, 'Written', headWidth])],
    body: (b, turn, [tokens, done, ...before]) => {
      const after: Value[] = [];
      const bias = lastRowBias(b, table, bucketSpec(config, false), turn);
      const hidden = seq2seqDecoderHidden(b, config, parts, b.op.unsqueeze(tokens!, [1]), {
        self: (c, layer, { query, key, value }) => {
          const all = {
            key: c.op.concat([before[2 * layer]!, key], 2),
            value: c.op.concat([before[2 * layer + 1]!, value], 2),
          };
          after.push(all.key, all.value);
          return biasedAttention(c, { query, ...all }, bias);
        },
        cross: (c, layer, query) => cross(c, layer, { query, ...seen[layer]! }),
      });
      const next = bestToken(b, seq2seqLogits(b, config, parts, hidden));
      const spent = b.op.greaterOrEqual(b.op.cast(b.op.add(turn, 1), 'int32'), budget);
      const doneNow = b.op.or(b.op.or(done!, spent), isStop(b, next, stopIds));
      return {
        state: [next, doneNow, ...after],
        scan: [next, rowHealth(b, hidden)],
        condition: someUnfinished(b, doneNow),
      };
    },
  });
  const [tokens, health] = scan;
  g.output('tokens', tokens);
  g.output('health', health);
}
