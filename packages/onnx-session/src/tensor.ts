import { SessionError } from './errors.js';

/** Element types that cross into ONNX Runtime. bfloat16 is missing: onnxruntime-node cannot pass it. */
export const ELEMENT_TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array, // the raw bits
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array, // 0 or 1
  string: Array,
} as const satisfies Record<string, unknown>;

export type ElementType = keyof typeof ELEMENT_TYPES;

export type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** A dense, row-major array. float16 holds its bits in a `Uint16Array`, bool holds 0 or 1 in a `Uint8Array`. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) count *= dim;
  return count;
}

/**
 * Refuses a tensor whose parts contradict each other, before native code reads past a buffer.
 * @throws {SessionError} `SESSION_FEED_INVALID`
 */
export function checkTensor(name: string, { type, dims, data }: Tensor): void {
  const wanted: unknown = ELEMENT_TYPES[type];
  if (typeof wanted !== 'function' || !(data instanceof wanted)) {
    throw new SessionError('SESSION_FEED_INVALID', {
      what: `The tensor "${name}" cannot be fed.`,
      why: `Its type is ${type}, its data a ${data?.constructor?.name ?? typeof data}.`,
      fix: typeof wanted === 'function' ? `Give a ${wanted.name}.` : 'Cast bfloat16 to float32 first.',
    });
  }
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count) || count !== data.length || dims.some((dim) => dim < 0)) {
    throw new SessionError('SESSION_FEED_INVALID', {
      what: `The tensor "${name}" cannot be fed.`,
      why: `Its shape (${dims.join(', ')}) has ${count} elements, its data ${data.length}.`,
      fix: 'Make the product of the dims equal the length of the data.',
    });
  }
}

/** The buffers of tensors whose memory can move to another thread. */
export function transferableBuffers(tensors: Iterable<Tensor>): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of tensors) {
    // A view on a part of a buffer (Node's pooled Buffers, slices) must be copied: the rest has other owners.
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) {
      buffers.add(data.buffer);
    }
  }
  return [...buffers];
}
