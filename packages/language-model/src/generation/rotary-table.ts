import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { inverseFrequencies, rotaryFactor, scalingOf } from '../families/rotary-scaling.js';
import { grownFrequencies, type RotaryAngles } from '../graph/rotary.js';
import type { ModelConfig, RotarySpec } from '../model-config.js';

/** Finds the angles of tokens at `positions` (B, S) in rows that reach `reach` (B, S) or (B, 1), as (B, S, R/2). */
export type RotaryTable = (g: GraphBuilder, positions: Value, reach: Value) => RotaryAngles;

/**
 * Angles of all positions; nothing where positions are not rotary. A table, because the CPU's vectorised cosine rounds the
 * last few elements of a tensor differently: a row would depend on its place in the batch.
 *
 * Where frequencies depend on the length of a row, a prompt is read with those of its whole length and each token
 * written with those of the length it makes; keys keep the angles they were made with. That is what `transformers` does
 * with a prompt alone. (In a batch it takes the longest row's length for all: here rows never meet.)
 */
export function rotaryTable(g: GraphBuilder, config: ModelConfig): RotaryTable | undefined {
  const { rotary, headWidth, maxPositions } = config;
  if (rotary === undefined) return undefined;
  const byReach = scalingOf(rotary)?.byReach;
  if (byReach === 'growth') return (b, positions, reach) => grownAngles(b, rotary, headWidth, positions, reach);
  if (byReach === undefined) return gatherFrom(g, rotary, maxPositions, [inverseFrequencies(rotary, headWidth)]);
  const length = rotary.scaling!.values.original_max_position_embeddings!;
  const both = [inverseFrequencies(rotary, headWidth, length), inverseFrequencies(rotary, headWidth, length + 1)];
  const lookUp = gatherFrom(g, rotary, maxPositions, both);
  return (b, positions, reach) => {
    const second = b.op.mul(b.op.cast(b.op.greater(reach, Math.floor(length)), 'int32'), maxPositions);
    return lookUp(b, b.op.add(positions, second), reach);
  };
}

/** Tables of cosines and sines, one for each set of frequencies, one behind the other. */
function gatherFrom(
  g: GraphBuilder,
  rotary: RotarySpec,
  maxPositions: number,
  sets: readonly Float32Array[],
): RotaryTable {
  const half = sets[0]!.length;
  const size = maxPositions * half;
  const factor = rotaryFactor(rotary);
  const cos = new Float32Array(sets.length * size);
  const sin = new Float32Array(sets.length * size);
  for (let i = 0; i < cos.length; i++) {
    const frequency = sets[Math.floor(i / size)]![i % half]!;
    const angle = Math.fround((Math.floor(i / half) % maxPositions) * frequency);
    cos[i] = Math.cos(angle) * factor;
    sin[i] = Math.sin(angle) * factor;
  }
  const table = (name: string, data: Float32Array): Value =>
    g.initializer(name, { type: 'float32', shape: [sets.length * maxPositions, half], data });
  const tables = { cos: table('rotary.cos', cos), sin: table('rotary.sin', sin) };
  return (b, places) => ({ cos: b.op.gather(tables.cos, places), sin: b.op.gather(tables.sin, places) });
}

/** In float64 and rounded once, so that a differently rounded last element stays the same in float32. */
function grownAngles(
  g: GraphBuilder,
  rotary: RotarySpec,
  headWidth: number,
  positions: Value,
  reach: Value,
): RotaryAngles {
  const wide = (x: Value): Value => g.op.cast(x, 'float64');
  const plain = g.constant('float64', Array.from(inverseFrequencies(rotary, headWidth)));
  const grown = grownFrequencies(g, rotary, headWidth, g.op.unsqueeze(wide(reach), [2]));
  const frequencies = g.op.cast(g.op.mul(grown, plain), 'float32');
  const angles = wide(g.op.mul(g.op.unsqueeze(g.op.cast(positions, 'float32'), [2]), frequencies));
  return { cos: g.op.cast(g.op.cos(angles), 'float32'), sin: g.op.cast(g.op.sin(angles), 'float32') };
}

/** What a decoder is given of the table: angles with an axis for heads, (B, S, 1, R/2). */
export function anglesAt(
  g: GraphBuilder,
  table: RotaryTable | undefined,
  positions: Value,
  reach: Value,
): { readonly angles?: RotaryAngles } {
  if (table === undefined) return {};
  const { cos, sin } = table(g, positions, reach);
  return { angles: { cos: g.op.unsqueeze(cos, [2]), sin: g.op.unsqueeze(sin, [2]) } };
}
