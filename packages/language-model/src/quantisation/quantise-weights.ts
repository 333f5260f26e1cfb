import { anyLinearModules } from '../encoder/any-parameters.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import { encodeWeight } from './encodings.js';
import { dequantiseFourBit, quantiseFourBit } from './four-bit.js';
import { dequantiseInt8, quantiseInt8 } from './int8.js';
import { expandAbsmax, nestAbsmax } from './nested-absmax.js';
import {
  type EncodedWeight,
  elementCount,
  type FourBitEncoding,
  flipped,
  matrixShape,
  matrixValues,
} from './weight-encoding.js';

interface Weights {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/**
 * A checkpoint as a QLoRA run sees it: its linear layers quantised, everything else as it is. They read as the float32 values
 * that their codes stand for: the base to merge an adapter into, or to generate with, as training had it. Computed anew each
 * time they are read; layers that are stored quantised stay as they are.
 */
export function quantiseWeights<Checkpoint extends Weights>(
  checkpoint: Checkpoint,
  encoding: FourBitEncoding | { readonly kind: 'int8' },
): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  for (const { name, transposed } of anyLinearModules(checkpoint.config)) {
    const key = `${name}.weight`;
    const source = tensors.get(key)!;
    if (source.quantised !== undefined) continue;
    const weight: EncodedWeight = { name: key, shape: source.shape, encoding, transposed };
    const float32 = async (): Promise<Float32Array> => {
      const values = roundTrip(await matrixValues(weight, source), matrixShape(weight)[1], encoding);
      return transposed ? flipped(values, matrixShape(weight)) : values;
    };
    tensors.set(key, {
      dtype: 'F32',
      shape: source.shape,
      byteLength: 4 * elementCount(source.shape),
      bytes: async () => new Uint8Array((await float32()).buffer),
      float32,
      quantised: { encoding, parts: async () => (await encodeWeight(weight, source)).map(([, { data }]) => data) },
    });
  }
  return { ...checkpoint, tensors };
}

/** What quantising makes of (out, in) values. */
function roundTrip(
  values: Float32Array,
  columns: number,
  encoding: FourBitEncoding | { readonly kind: 'int8' },
): Float32Array {
  if (encoding.kind === 'int8') return dequantiseInt8(quantiseInt8(values, columns));
  const { kind: type, blockSize, doubleQuant } = encoding;
  const { codes, absmax } = quantiseFourBit(values, type, blockSize);
  const scales = doubleQuant ? expandAbsmax(nestAbsmax(absmax)) : absmax;
  return dequantiseFourBit({ codes, absmax: scales }, { type, blockSize, count: values.length });
}
