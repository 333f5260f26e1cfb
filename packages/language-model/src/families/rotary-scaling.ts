import type { JsonObject, RotarySpec } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';

interface ScalingSpec {
  /** Numbers that config.json must give. */
  readonly fields: readonly string[];
  /** The inverse frequency to use in place of the plain one. */
  readonly scale: (frequency: number, values: Readonly<Record<string, number>>) => number;
}

/** Ways to stretch rotary positions. @see huggingface/transformers `modeling_rope_utils.py` */
export const ROTARY_SCALINGS = {
  default: { fields: [], scale: (frequency) => frequency },
  linear: { fields: ['factor'], scale: (frequency, { factor }) => frequency / factor! },
  /** Long waves are stretched, short ones kept, those between mixed. @see Llama 3.1, arXiv:2407.21783 */
  llama3: {
    fields: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
    scale(
      frequency,
      { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length },
    ) {
      const turns = (length! * frequency) / (2 * Math.PI);
      if (turns < low!) return frequency / factor!;
      if (turns > high!) return frequency;
      const share = (turns - low!) / (high! - low!);
      return ((1 - share) * frequency) / factor! + share * frequency;
    },
  },
} as const satisfies Record<string, ScalingSpec>;

/**
 * Reads the rotary positions of a config.json: `rope_theta` and `rope_scaling`, or both inside `rope_parameters` as
 * transformers 5 writes them. A scaling outside the table is refused: ignoring it would give wrong angles.
 */
export function readRotary(reader: ConfigReader, defaultTheta = 10_000): RotarySpec {
  const nested = objectIn(reader, 'rope_parameters');
  const theta = reader.positive(
    'rope_theta',
    typeof nested?.rope_theta === 'number' ? nested.rope_theta : defaultTheta,
  );
  const key = nested ? 'rope_parameters' : 'rope_scaling';
  const scaling = nested ?? objectIn(reader, 'rope_scaling');
  const plain: RotarySpec = { theta, fraction: 1 };
  if (!scaling) return plain;
  const kind = scaling.rope_type ?? scaling.type ?? 'default';
  if (typeof kind !== 'string' || !Object.hasOwn(ROTARY_SCALINGS, kind)) {
    const known = Object.keys(ROTARY_SCALINGS).join(', ');
    return reader.fail(key, `must be of a type among ${known}, and is ${JSON.stringify(kind)}`, plain);
  }
  const spec: ScalingSpec = ROTARY_SCALINGS[kind as keyof typeof ROTARY_SCALINGS];
  const values: Record<string, number> = {};
  for (const field of spec.fields) {
    const value = scaling[field];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) values[field] = value;
    else reader.fail(`${key}.${field}`, `must be a number above 0, and is ${JSON.stringify(value)}`, undefined);
  }
  return kind === 'default' ? plain : { ...plain, scaling: { kind: kind as keyof typeof ROTARY_SCALINGS, values } };
}

function objectIn(reader: ConfigReader, key: string): JsonObject | undefined {
  const value = reader.raw[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  return reader.fail(key, 'must be an object', undefined);
}
