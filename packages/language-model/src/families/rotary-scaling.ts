import type { RotaryScaling, RotarySpec } from '../model-config.js';

/** What the frequencies of one head are made from. */
interface Rotation {
  readonly theta: number;
  /** R: features of a head that turn, two at a time. */
  readonly rotated: number;
  readonly values: Readonly<Record<string, number>>;
  readonly lists: Readonly<Record<string, readonly number[]>>;
  /** Tokens that the row reaches: 1 more than its last position. */
  readonly reach: number;
}

export interface ScalingSpec {
  /** Numbers above 0 that config.json must give. */
  readonly required?: readonly string[];
  /** Numbers above 0 that it may give. */
  readonly optional?: readonly string[];
  /** Lists of R / 2 numbers above 0 that it must give. */
  readonly lists?: readonly string[];
  /** Needs `original_max_position_embeddings`, which stands in or beside the scaling, or is `max_position_embeddings`. */
  readonly original?: boolean;
  /**
   * How frequencies depend on the length of the row: `threshold`, by whether it exceeds
   * `original_max_position_embeddings`; `growth`, on the length itself beyond `max_position_embeddings`.
   */
  readonly byReach?: 'threshold' | 'growth';
  /** R / 2 inverse frequencies. */
  readonly frequencies: (rotation: Rotation) => readonly number[];
  /** What cosines and sines are multiplied by; 1 when left out. */
  readonly factor?: (values: Readonly<Record<string, number>>) => number;
}

/** 1 / theta^(2i / R). */
function plain({ theta, rotated }: Pick<Rotation, 'theta' | 'rotated'>): readonly number[] {
  return Array.from({ length: rotated / 2 }, (_, i) => 1 / theta ** ((2 * i) / rotated));
}

/** Yarn's growth of attention scores. @see Peng et al. 2023, arXiv:2309.00071, equation 15 */
function yarnScale(factor: number, weight = 1): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}

/** The pair that turns so often within the original length. @see arXiv:2309.00071, section 3.2 */
function pairOfTurns(turns: number, { theta, rotated, values }: Rotation): number {
  const length = values.original_max_position_embeddings!;
  return (rotated * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
}

const clamp = (x: number): number => Math.min(1, Math.max(0, x));

/** Ways to stretch rotary positions. @see huggingface/transformers `modeling_rope_utils.py` ROPE_INIT_FUNCTIONS */
export const ROTARY_SCALINGS = {
  linear: {
    required: ['factor'],
    frequencies: (rotation) => plain(rotation).map((frequency) => frequency / rotation.values.factor!),
  },
  /** The base grows with the row, once it is longer than the model was made for. */
  dynamic: {
    required: ['factor'],
    byReach: 'growth',
    frequencies(rotation) {
      const { theta, rotated, reach } = rotation;
      const growth = reachGrowth(rotation.values, reach);
      return plain({ theta: theta * growth ** (rotated / (rotated - 2)), rotated });
    },
  },
  /** Pairs that turn often keep their speed, slow ones are stretched, a ramp between. */
  yarn: {
    optional: ['factor', 'attention_factor', 'beta_fast', 'beta_slow', 'mscale', 'mscale_all_dim'],
    original: true,
    frequencies(rotation) {
      const { rotated, values } = rotation;
      const { factor, beta_fast: fast = 32, beta_slow: slow = 1, truncate = 1 } = values;
      const ends = [pairOfTurns(fast, rotation), pairOfTurns(slow, rotation)] as const;
      const low = Math.max(truncate ? Math.floor(ends[0]) : ends[0], 0);
      const last = Math.min(truncate ? Math.ceil(ends[1]) : ends[1], rotated - 1);
      const high = low === last ? last + 0.001 : last;
      return plain(rotation).map((frequency, i) => {
        const stretched = clamp((i - low) / (high - low));
        return (frequency / factor!) * stretched + frequency * (1 - stretched);
      });
    },
    factor({ factor, attention_factor: given, mscale, mscale_all_dim: all }) {
      if (given !== undefined) return given;
      return mscale && all ? yarnScale(factor!, mscale) / yarnScale(factor!, all) : yarnScale(factor!);
    },
  },
  /** A divisor for each pair, one list for short rows and one for long. @see Ding et al. 2024, arXiv:2402.13753 */
  longrope: {
    optional: ['factor', 'attention_factor'],
    lists: ['short_factor', 'long_factor'],
    original: true,
    byReach: 'threshold',
    frequencies(rotation) {
      const isLong = rotation.reach > rotation.values.original_max_position_embeddings!;
      const divisors = rotation.lists[isLong ? 'long_factor' : 'short_factor']!;
      return plain(rotation).map((frequency, i) => frequency / divisors[i]!);
    },
    factor({ factor, attention_factor: given, original_max_position_embeddings: length }) {
      return given ?? (factor! <= 1 ? 1 : Math.sqrt(1 + Math.log(factor!) / Math.log(length!)));
    },
  },
  /** Long waves are stretched, short ones kept, those between mixed. @see Llama 3.1, arXiv:2407.21783 */
  llama3: {
    required: ['factor', 'low_freq_factor', 'high_freq_factor'],
    original: true,
    frequencies(rotation) {
      const { factor, low_freq_factor: low, high_freq_factor: high } = rotation.values;
      const length = rotation.values.original_max_position_embeddings!;
      return plain(rotation).map((frequency) => {
        const turns = (length * frequency) / (2 * Math.PI);
        if (turns < low!) return frequency / factor!;
        if (turns > high!) return frequency;
        const share = (turns - low!) / (high! - low!);
        return ((1 - share) * frequency) / factor! + share * frequency;
      });
    },
  },
} as const satisfies Record<RotaryScaling['kind'], ScalingSpec>;

/** Of `dynamic`: how much more than the model was made for a row reaches, at least 1. */
export function reachGrowth(values: Readonly<Record<string, number>>, reach: number): number {
  const { factor, max_position_embeddings: made } = values;
  return (factor! * Math.max(reach, made!)) / made! - (factor! - 1);
}

/** R: how many features of a head turn. */
export function rotatedWidth({ fraction }: RotarySpec, headWidth: number): number {
  return Math.floor(headWidth * fraction);
}

/** The scaling of a model, if it has one. */
export function scalingOf({ scaling }: RotarySpec): ScalingSpec | undefined {
  return scaling && ROTARY_SCALINGS[scaling.kind];
}

/**
 * Inverse frequencies of the R / 2 pairs of a head, in float64 and rounded once, for rows that reach so many tokens; the
 * length matters only to `dynamic` and `longrope`.
 */
export function inverseFrequencies(rotary: RotarySpec, headWidth: number, reach = 1): Float32Array {
  const { theta, scaling } = rotary;
  const rotated = rotatedWidth(rotary, headWidth);
  const rotation = { theta, rotated, reach, values: scaling?.values ?? {}, lists: scaling?.lists ?? {} };
  return Float32Array.from(scalingOf(rotary)?.frequencies(rotation) ?? plain(rotation));
}

/** What cosines and sines are multiplied by. */
export function rotaryFactor(rotary: RotarySpec): number {
  return scalingOf(rotary)?.factor?.(rotary.scaling?.values ?? {}) ?? 1;
}
