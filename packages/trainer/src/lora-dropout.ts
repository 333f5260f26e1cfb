import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { BatchPlace } from './loss-model.js';

export interface LoraDropoutOptions {
  readonly seed: number;
  readonly rate: number;
  /** Number of the layer. */
  readonly salt: number;
  readonly place: BatchPlace;
}

// Two rounds of multiply and shift mix 32 bits well. @see "lowbias32", nullprogram.com/blog/2018/07/31
const ROUNDS = [
  { shift: 16, factor: 0x7feb352d },
  { shift: 15, factor: 0x846ca68b },
] as const;

/**
 * A mask of 0 and 1/(1 - rate) in the shape of `like` (N, width): element i is kept when a hash of (seed, step, batch,
 * layer, i) says so. A function of these only, so that a resumed run draws the masks of an uninterrupted one.
 */
export function loraDropout(g: GraphBuilder, like: Value, { seed, rate, salt, place }: LoraDropoutOptions): Value {
  const { op } = g;
  const word = (value: number): Value => g.constant('uint32', value >>> 0);
  const mix = (x: Value): Value =>
    ROUNDS.reduce(
      (y, { shift, factor }) => op.mul(op.bitwiseXor(y, op.bitShift(y, word(shift), 'right')), word(factor)),
      x,
    );
  const key = [op.cast(place.step, 'uint32'), op.cast(place.batch, 'uint32'), word(salt)].reduce(
    (hash, part) => mix(op.add(op.mul(hash, word(0x9e3779b1)), part)),
    word(seed),
  );
  const index = op.cast(op.range(0, op.size(like), 1), 'uint32');
  const bits = op.bitShift(mix(op.bitwiseXor(op.mul(index, word(0x9e3779b1)), key)), word(8), 'right');
  const kept = op.greaterOrEqual(op.cast(bits, 'float32'), rate * 2 ** 24);
  const mask = op.mul(op.cast(kept, 'float32'), 1 / (1 - rate));
  return op.reshape(mask, op.shape(like));
}
