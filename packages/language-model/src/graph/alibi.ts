import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { ModelConfig } from '../model-config.js';
import { bfloat16ToFloat32, float32ToBfloat16 } from '../safetensors/half-precision.js';
import type { Attend } from './attention.js';

/** Features of a key as attention sees it: one more than a head has where it carries its bias. */
export function keyWidth({ headWidth, positions }: Pick<ModelConfig, 'headWidth' | 'positions'>): number {
  return positions === 'alibi' ? headWidth + 1 : headWidth;
}

/** How much each head prefers near keys. @see Press et al. 2021, arXiv:2108.12409, section 3 */
export function alibiSlopes(heads: number): readonly number[] {
  const whole = 2 ** Math.floor(Math.log2(heads));
  const series = (count: number): number => 2 ** -(2 ** -(Math.log2(count) - 3));
  // The heads beyond a power of two take every other slope of twice as many.
  return Array.from({ length: heads }, (_, h) =>
    h < whole ? series(whole) ** (h + 1) : series(2 * whole) ** (2 * (h - whole) + 1),
  );
}

/**
 * What a key at each position adds to the scores of each head, before they are divided by √D: (positions, H). In bfloat16
 * at each step, as Falcon has it: from position 256 on, neighbours share a bias.
 * @see huggingface/transformers `modeling_falcon.py` build_alibi_tensor
 */
export function alibiBiases({ heads, maxPositions }: Pick<ModelConfig, 'heads' | 'maxPositions'>): Float32Array {
  const rounded = (values: Float32Array): Float32Array => bfloat16ToFloat32(float32ToBfloat16(values));
  const slopes = rounded(Float32Array.from(alibiSlopes(heads)));
  const places = rounded(Float32Array.from({ length: maxPositions }, (_, place) => place));
  return rounded(
    Float32Array.from({ length: maxPositions * heads }, (_, i) => slopes[i % heads]! * places[Math.floor(i / heads)]!),
  );
}

/**
 * Gives each key its bias as one more feature, and each query a 1 for it, so that any way to attend adds it, and a cache
 * keeps it. Positions (T) or (B, T).
 */
export function withAlibi(g: GraphBuilder, config: ModelConfig, positions: Value, attend: Attend): Attend {
  const { heads, maxPositions } = config;
  const table = g.constant('float32', alibiBiases(config), [maxPositions, heads]);
  const rows = g.op.gather(table, positions); // (T, H) or (B, T, H)
  const whole = positions.shape.length === 1 ? g.op.unsqueeze(rows, [0]) : rows;
  const biases = g.op.unsqueeze(g.op.transpose(whole, [0, 2, 1]), [3]); // (1 or B, H, T, 1)
  return (b, { layer, query, key, value }) => {
    const column = (x: Value, y: Value): Value =>
      b.op.expand(y, b.op.concat([b.op.shape(x, { end: 3 }), b.constant('int64', [1])], 0));
    const wider = (x: Value, y: Value): Value => b.op.concat([x, column(x, y)], 3);
    return attend(b, { layer, query: wider(query, b.constant('float32', [1])), key: wider(key, biases), value });
  };
}
