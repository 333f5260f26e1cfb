import { ELEMENT_TYPES, type ElementType } from './element-type.js';
import { GraphError } from './errors.js';

/** A typed array of the element type (`Uint16Array` holds the bits of the 16-bit floats), or plain values. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly (number | bigint | boolean | string)[];

/** A tensor with its elements, row-major. A `Uint8Array` under a wider type is taken as little-endian bytes. */
export interface TensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A tensor whose bytes lie in a file beside the model (`external_data` of onnx.proto); little-endian. */
export interface ExternalTensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Path relative to the model file. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export type InitializerSpec = TensorSpec | ExternalTensorSpec;

/** Number of elements of a shape that is known. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const SCRATCH = new DataView(new ArrayBuffer(4));

function float32Bits(value: number): number {
  SCRATCH.setFloat32(0, value);
  return SCRATCH.getUint32(0);
}

/** IEEE binary16 bits of a number, rounded half to even. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 the spacing stays 2^-24 (subnormals); the division is exact, so there is one rounding only.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const steps = roundHalfEven(magnitude / 2 ** (exponent - 10));
  return sign | (magnitude < 2 ** -14 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** bfloat16 bits of a number, rounded half to even from float32. */
export function bfloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const bits = float32Bits(value);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

type Write = (view: DataView, offset: number, element: number | bigint | boolean) => void;

const WRITERS = {
  float32: (view, offset, x) => view.setFloat32(offset, Number(x), true),
  float64: (view, offset, x) => view.setFloat64(offset, Number(x), true),
  float16: (view, offset, x) => view.setUint16(offset, float16Bits(Number(x)), true),
  bfloat16: (view, offset, x) => view.setUint16(offset, bfloat16Bits(Number(x)), true),
  int8: (view, offset, x) => view.setInt8(offset, Number(x)),
  uint8: (view, offset, x) => view.setUint8(offset, Number(x)),
  bool: (view, offset, x) => view.setUint8(offset, x ? 1 : 0),
  int32: (view, offset, x) => view.setInt32(offset, Number(x), true),
  uint32: (view, offset, x) => view.setUint32(offset, Number(x), true),
  int64: (view, offset, x) => view.setBigInt64(offset, BigInt(x), true),
  uint64: (view, offset, x) => view.setBigUint64(offset, BigInt(x), true),
} as const satisfies Record<Exclude<ElementType, 'string'>, Write>;

/**
 * The little-endian bytes of a tensor, as `raw_data` of onnx.proto holds them. Views are not copied.
 * @throws {GraphError} `GRAPH_INITIALIZER_SIZE` when data and shape disagree
 */
export function tensorBytes({ type, shape, data }: TensorSpec): Uint8Array {
  if (type === 'string') throw new TypeError('strings have no raw bytes');
  const expected = elementCount(shape) * ELEMENT_TYPES[type].bytes;
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : elementsToBytes(type, data);
  if (bytes.length !== expected) throw sizeError(type, shape, bytes.length, expected);
  return bytes;
}

function elementsToBytes(type: Exclude<ElementType, 'string'>, data: readonly unknown[]): Uint8Array {
  const width = ELEMENT_TYPES[type].bytes;
  const bytes = new Uint8Array(data.length * width);
  const view = new DataView(bytes.buffer);
  const write: Write = WRITERS[type];
  for (let i = 0; i < data.length; i++) write(view, i * width, data[i] as number);
  return bytes;
}

/** The error for data whose size does not fit its shape. */
export function sizeError(type: ElementType, shape: readonly number[], actual: number, expected: number): GraphError {
  return new GraphError('GRAPH_INITIALIZER_SIZE', {
    what: `A tensor of shape (${shape.join(', ')}) ${type} got ${actual} bytes.`,
    why: `That shape takes ${expected} bytes.`,
    fix: 'Pass a typed array of the element type with one element for each place.',
  });
}
