import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { inverseFrequencies, type RotaryAngles } from '../graph/rotary.js';
import type { ModelConfig } from '../model-config.js';

/**
 * Cosines and sines of all positions, (positions, R/2) each; nothing where positions are not rotary. A table, because the
 * CPU's vectorised cosine rounds the last few elements of a tensor differently: a row would depend on its place in the batch.
 */
export function rotaryTable(g: GraphBuilder, config: ModelConfig): RotaryAngles | undefined {
  const { rotary, headWidth, maxPositions } = config;
  if (rotary === undefined) return undefined;
  const frequencies = inverseFrequencies(rotary, headWidth);
  const half = frequencies.length;
  const cos = new Float32Array(maxPositions * half);
  const sin = new Float32Array(maxPositions * half);
  for (let i = 0; i < cos.length; i++) {
    const angle = Math.fround(Math.floor(i / half) * frequencies[i % half]!);
    cos[i] = Math.cos(angle);
    sin[i] = Math.sin(angle);
  }
  const table = (name: string, data: Float32Array): Value =>
    g.initializer(name, { type: 'float32', shape: [maxPositions, half], data });
  return { cos: table('rotary.cos', cos), sin: table('rotary.sin', sin) };
}

/** The table's rows for positions (B, S), with an axis for heads: (B, S, 1, R/2). */
export function anglesAt(
  g: GraphBuilder,
  table: RotaryAngles | undefined,
  positions: Value,
): { readonly angles?: RotaryAngles } {
  if (table === undefined) return {};
  const rows = (all: Value): Value => g.op.unsqueeze(g.op.gather(all, positions), [2]);
  return { angles: { cos: rows(table.cos), sin: rows(table.sin) } };
}
