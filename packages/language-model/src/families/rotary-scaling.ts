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

// PyTorch computes frequencies in float32, and a position of 100,000 multiplies each of its roundings: they are made here,
// too, step by step.
const round = Math.fround;

/** theta^(2i / R) of each pair. */
function powers({ theta, rotated }: Pick<Rotation, 'theta' | 'rotated'>): readonly number[] {
  return Array.from({ length: rotated / 2 }, (_, i) => round(theta ** round((2 * i) / rotated)));
}

/** Frequencies that nothing stretches. */
function plain(rotation: Pick<Rotation, 'theta' | 'rotated'>): readonly number[] {
  return powers(rotation).map((power) => round(1 / power));
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
      const { factor, beta_fast: most = 32, beta_slow: least = 1, truncate = 1 } = values;
      const ends = [pairOfTurns(most, rotation), pairOfTurns(least, rotation)] as const;
      const low = Math.max(truncate ? Math.floor(ends[0]) : ends[0], 0);
      const last = Math.min(truncate ? Math.ceil(ends[1]) : ends[1], rotated - 1);
      const high = low === last ? last + 0.001 : last;
      return powers(rotation).map((power, i) => {
        const kept = round(1 - clamp(round(round(i - round(low)) / round(high - low))));
        const slow = round(round(1 / round(factor! * power)) * round(1 - kept));
        return slow + round(round(1 / power) * kept);
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
      return powers(rotation).map((power, i) => 1 / round(round(divisors[i]!) * power));
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
        // A number over a tensor is the tensor's reciprocal times the number.
        const wave = round(round(1 / frequency) * round(2 * Math.PI));
        if (wave > length / low!) return frequency / factor!;
        if (wave < length / high!) return frequency;
        const share = round(round(round(round(1 / wave) * length) - low!) / (high! - low!));
        return round(round(round(1 - share) * frequency) / factor!) + round(share * frequency);
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
 * Inverse frequencies of the R / 2 pairs of a head, with the roundings of PyTorch, for rows that reach so many tokens; the
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
