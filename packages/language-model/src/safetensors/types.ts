import type { Tensor } from '@flanlab/onnx-session';
import type { WeightEncoding } from '../quantisation/weight-encoding.js';

/** Bytes per element of every dtype the format names and we accept. @see huggingface/safetensors `tensor.rs` */
export const SAFETENSORS_TYPES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const satisfies Record<string, number>;

export type SafetensorsType = keyof typeof SAFETENSORS_TYPES;

/** A weight that its checkpoint stores quantised. */
export interface StoredQuantisation {
  readonly encoding: WeightEncoding;
  /** Values of its parts as they are stored, in the order of `weightParts`. */
  parts(): Promise<readonly Tensor['data'][]>;
}

/** One tensor of a checkpoint, read from disk when asked. Row-major, little-endian. */
export interface WeightTensor {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** The stored bytes, in a new buffer that the caller owns. */
  bytes(): Promise<Uint8Array>;
  /** The values as float32 in a new array; F16, BF16 and F64 are converted. */
  float32(): Promise<Float32Array>;
  /** Where those bytes lie as they are, for a runtime that maps files. */
  readonly file?: { readonly path: string; readonly offset: number };
  /** Set where `float32` dequantises; `dtype` and `bytes` are then those of float32. */
  readonly quantised?: StoredQuantisation;
}
