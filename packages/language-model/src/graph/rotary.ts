import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { ROTARY_SCALINGS } from '../families/rotary-scaling.js';
import type { RotarySpec } from '../model-config.js';

/** Cosines and sines of the rotary angles, (…, T, 1, R/2) for R rotated features: broadcast over the heads. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

/** 1 / theta^(2i / R), stretched as the model asks: (R/2). Computed in float64 and rounded once. */
export function inverseFrequencies({ theta, fraction, scaling }: RotarySpec, headWidth: number): Float32Array {
  const rotated = Math.floor(headWidth * fraction);
  const { scale } = ROTARY_SCALINGS[scaling?.kind ?? 'default'];
  const values = scaling?.values ?? {};
  return Float32Array.from({ length: rotated / 2 }, (_, i) => scale(1 / theta ** ((2 * i) / rotated), values));
}

/** Angles for positions (T) or (B, T) of any integer type. */
export function rotaryAngles(g: GraphBuilder, rotary: RotarySpec, headWidth: number, positions: Value): RotaryAngles {
  const frequencies = g.constant('float32', inverseFrequencies(rotary, headWidth));
  const angles = g.op.mul(g.op.unsqueeze(g.op.cast(positions, 'float32'), [-1, -2]), frequencies);
  return { cos: g.op.cos(angles), sin: g.op.sin(angles) };
}

/**
 * Turns the pairs (x_i, x_{i + R/2}) of (B, T, H, D) by their angles: the "rotate half" layout of Hugging Face
 * checkpoints, not the interleaved one of the paper. Features beyond R stay as they are.
 */
export function rotate(g: GraphBuilder, rotary: RotarySpec, x: Value, { cos, sin }: RotaryAngles): Value {
  const headWidth = x.shape.at(-1) as number;
  const half = Math.floor(headWidth * rotary.fraction) / 2;
  const rest = headWidth - 2 * half;
  const [a, b, unturned] = g.op.split(x, -1, rest > 0 ? [half, half, rest] : [half, half]);
  const turned = [
    g.op.sub(g.op.mul(a!, cos), g.op.mul(b!, sin)),
    g.op.add(g.op.mul(b!, cos), g.op.mul(a!, sin)),
    ...(unturned ? [unturned] : []),
  ];
  return g.op.concat(turned, -1);
}

/**
 * A function that turns queries or keys (B, T, H·D) by their positions (T) or (B, T), as {@link rotate} does on their heads,
 * in one pass of ONNX Runtime's own operator; nothing where that does not fit.
 */
export function fusedRotation(
  g: GraphBuilder,
  rotary: RotarySpec,
  headWidth: number,
  positions: Value,
): ((x: Value) => Value) | undefined {
  if (!g.microsoft || rotary.fraction !== 1) return undefined;
  const flat = g.op.reshape(positions, [-1]);
  const angles = rotaryAngles(g, rotary, headWidth, flat);
  const rows = (values: Value): Value => g.op.reshape(values, [-1, headWidth / 2]);
  const [cos, sin] = [rows(angles.cos), rows(angles.sin)];
  // The operator looks positions up in a table. Ours has a row for each token, so that positions are row numbers.
  const places =
    positions.shape.length === 1
      ? g.constant('int64', [0])
      : g.op.reshape(g.op.range(0, g.op.size(flat), 1), g.op.shape(positions));
  return (x) => g.op.rotaryEmbedding(x, places, cos, sin);
}
