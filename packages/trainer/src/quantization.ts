import type { WeightEncoding, WeightTensor } from '@flanlab/language-model';
import type { Provider } from '@flanlab/onnx-session';
import type { InputParameter } from './frozen-weights.js';

/**
 * How the frozen linear layers lie in memory. `nf4` and `fp4` are bitsandbytes' 4-bit types, about half a byte a weight;
 * `int8` has one magnitude a row. Adapters, their gradients and all arithmetic stay in float32.
 * @see Dettmers et al. 2023, QLoRA, arXiv:2305.14314
 */
export interface QuantizationRecipe {
  readonly type: 'nf4' | 'fp4' | 'int8';
  /** Quantises the magnitudes of the 4-bit blocks once more: 0.13 instead of 0.5 bits a weight for them. */
  readonly doubleQuant: boolean;
  /** Weights that share a magnitude, in 4 bits. */
  readonly blockSize: number;
}

/** QLoRA's own settings. (The default of transformers' `load_in_4bit` is fp4 without double quantisation.) */
export const DEFAULT_QUANTIZATION: QuantizationRecipe = { type: 'nf4', doubleQuant: true, blockSize: 64 };

/** What a checkpoint says about a weight. */
export type StoredWeight = Pick<WeightTensor, 'dtype' | 'quantised'>;

const STORED: Readonly<Record<string, WeightEncoding>> = { F16: { kind: 'float16' }, BF16: { kind: 'bfloat16' } };

/**
 * What a checkpoint says about its weights, as far as a provider can hold them. Only the processor can look at bits as
 * bfloat16: anywhere else they would be sent there and back for each product, and lie in float32 instead.
 */
export function heldTypes(
  stored: ReadonlyMap<string, StoredWeight>,
  provider: Provider,
): ReadonlyMap<string, StoredWeight> {
  if (provider === 'cpu') return stored;
  const held = (weight: StoredWeight): StoredWeight => (weight.dtype === 'BF16' ? { ...weight, dtype: 'F32' } : weight);
  return new Map(
    [...stored].map(([name, { dtype, quantised }]) => [name, held({ dtype, ...(quantised && { quantised }) })]),
  );
}

/**
 * How frozen parameters lie in memory: quantised ones as their checkpoint has them, linear layers as the recipe asks, and
 * everything else in the checkpoint's own type. Norms and biases are too small to gain anything.
 */
export function frozenParameters(
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
  linears: readonly { readonly name: string; readonly transposed: boolean }[],
  quantization: QuantizationRecipe | undefined,
  stored: ReadonlyMap<string, StoredWeight> | undefined,
): readonly InputParameter[] {
  const layers = new Map(linears.map(({ name, transposed }) => [`${name}.weight`, transposed]));
  return parameters.map(({ name, shape }) => {
    const weight = stored?.get(name);
    const transposed = layers.get(name);
    if (weight?.quantised !== undefined) {
      return { name, shape, encoding: weight.quantised.encoding, transposed: transposed ?? false };
    }
    if (quantization !== undefined && transposed !== undefined) {
      const { type, doubleQuant, blockSize } = quantization;
      const encoding: WeightEncoding = type === 'int8' ? { kind: type } : { kind: type, doubleQuant, blockSize };
      return { name, shape, encoding, transposed };
    }
    const encoding = shape.length > 1 && weight !== undefined ? STORED[weight.dtype] : undefined;
    return { name, shape, encoding: encoding ?? { kind: 'float32' } };
  });
}
