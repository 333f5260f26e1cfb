import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { inverseFrequencies, rotaryFactor, rotatedWidth, scalingOf } from '../families/rotary-scaling.js';
import type { RotarySpec } from '../model-config.js';

/** Cosines and sines of the rotary angles, (…, T, 1, R/2) for R rotated features: broadcast over the heads. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

/** Angles for positions (T) or (B, T) of any integer type. */
export function rotaryAngles(g: GraphBuilder, rotary: RotarySpec, headWidth: number, positions: Value): RotaryAngles {
  const places = g.op.cast(positions, 'float32');
  const angles = g.op.mul(g.op.unsqueeze(places, [-1, -2]), frequenciesAt(g, rotary, headWidth, places));
  const factor = rotaryFactor(rotary);
  const scaled = (x: Value): Value => (factor === 1 ? x : g.op.mul(x, factor));
  return { cos: scaled(g.op.cos(angles)), sin: scaled(g.op.sin(angles)) };
}

/**
 * Inverse frequencies (R/2) for the tokens of one batch, positions as float32. Where they depend on the length of a row,
 * that is the largest position of the batch and 1, padding and packed neighbours included: `transformers` has it so.
 */
function frequenciesAt(g: GraphBuilder, rotary: RotarySpec, headWidth: number, places: Value): Value {
  const { byReach } = scalingOf(rotary) ?? {};
  const constant = (reach?: number): Value => g.constant('float32', inverseFrequencies(rotary, headWidth, reach));
  if (byReach === undefined) return constant();
  const reach = g.op.add(g.op.reduceMax(places, undefined, { keepDims: false }), 1);
  const { values } = rotary.scaling!;
  if (byReach === 'threshold') {
    const length = values.original_max_position_embeddings!;
    return g.op.where(g.op.greater(reach, length), constant(length + 1), constant(length));
  }
  return g.op.mul(constant(), grownFrequencies(g, rotary, headWidth, reach));
}

/** What frequencies of `dynamic` are multiplied by for rows that reach so far: (…, 1) or a scalar → (…, R/2). */
export function grownFrequencies(g: GraphBuilder, rotary: RotarySpec, headWidth: number, reach: Value): Value {
  const { factor, max_position_embeddings: made } = rotary.scaling!.values;
  const growth = g.op.sub(g.op.mul(g.op.max(reach, made!), factor! / made!), factor! - 1);
  const rotated = rotatedWidth(rotary, headWidth);
  const exponents = Array.from({ length: rotated / 2 }, (_, i) => (-2 * i) / (rotated - 2));
  return g.op.pow(growth, g.constant(reach.type, exponents));
}

/**
 * Turns the pairs (x_i, x_{i + R/2}) of (B, T, H, D) by their angles: the "rotate half" layout of Hugging Face
 * checkpoints, not the interleaved one of the paper. Features beyond R stay as they are.
 */
export function rotate(g: GraphBuilder, rotary: RotarySpec, x: Value, { cos, sin }: RotaryAngles): Value {
  const headWidth = x.shape.at(-1) as number;
  const half = rotatedWidth(rotary, headWidth) / 2;
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
 * in one pass of ONNX Runtime's own operator; nothing where there is none.
 */
export function fusedRotation(
  g: GraphBuilder,
  rotary: RotarySpec,
  headWidth: number,
  positions: Value,
): ((x: Value, heads: number) => Value) | undefined {
  if (!g.microsoft) return undefined;
  const flat = g.op.reshape(positions, [-1]);
  const angles = rotaryAngles(g, rotary, headWidth, flat);
  const rotaryWidth = rotatedWidth(rotary, headWidth);
  const rows = (values: Value): Value => g.op.reshape(values, [-1, rotaryWidth / 2]);
  const [cos, sin] = [rows(angles.cos), rows(angles.sin)];
  // The operator looks positions up in a table. Ours has a row for each token, so that positions are row numbers.
  const places =
    positions.shape.length === 1
      ? g.constant('int64', [0])
      : g.op.reshape(g.op.range(0, g.op.size(flat), 1), g.op.shape(positions));
  return (x, heads) =>
    g.op.rotaryEmbedding(x, places, cos, sin, rotaryWidth < headWidth ? { numHeads: heads, rotaryWidth } : {});
}
