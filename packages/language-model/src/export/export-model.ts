import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { float32ToBfloat16, float32ToFloat16 } from '../safetensors/half-precision.js';
import type { SafetensorsType, WeightTensor } from '../safetensors/types.js';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Types that weights can be saved in. 16-bit ones round each weight to the nearest value, ties to even. */
export const EXPORT_TYPES = {
  float32: { stored: 'F32', size: 4, encode: bytesOf },
  float16: { stored: 'F16', size: 2, encode: (values: Float32Array) => bytesOf(float32ToFloat16(values)) },
  bfloat16: { stored: 'BF16', size: 2, encode: (values: Float32Array) => bytesOf(float32ToBfloat16(values)) },
} as const satisfies Record<
  string,
  { readonly stored: SafetensorsType; readonly size: number; readonly encode: (values: Float32Array) => Uint8Array }
>;

export type ExportType = keyof typeof EXPORT_TYPES;

/**
 * Writes a model as a Hugging Face folder: config.json, model.safetensors, the tokenizer. Weights are read, converted and
 * written one at a time; quantised ones are dequantised. With tensors of `mergeAdapter` it is the merged model.
 * @throws {FilesError} where the disk refuses
 */
export async function exportModel(
  checkpoint: Checkpoint,
  dir: string,
  { dtype = 'float32' }: { readonly dtype?: ExportType } = {},
): Promise<void> {
  const tensors = new Map([...checkpoint.tensors].map(([name, tensor]) => [name, converted(tensor, dtype)]));
  await writeCheckpoint(dir, { config: checkpoint.config, tensors, dtype, tokenizerFrom: checkpoint.dir });
}

function converted(tensor: WeightTensor, type: ExportType): WeightTensor {
  const { stored, size, encode } = EXPORT_TYPES[type];
  if (tensor.dtype === stored) return tensor;
  return {
    dtype: stored,
    shape: tensor.shape,
    byteLength: tensor.shape.reduce((product, length) => product * length, size),
    bytes: async () => encode(await tensor.float32()),
    float32: () => tensor.float32(),
  };
}
