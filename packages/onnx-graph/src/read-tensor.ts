import { ELEMENT_TYPES, type ElementType, elementTypeOfCode } from './element-type.js';
import { GraphError } from './errors.js';
import { type TensorProto, TensorProto_DataLocation } from './onnx_pb.js';
import { elementCount, type InitializerSpec, sizeError, type TensorData } from './tensor-data.js';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/**
 * The contents of a TensorProto, wherever it keeps them: `raw_data`, a field of its type, or a file beside the model.
 * @throws {GraphError} `GRAPH_MODEL_UNSUPPORTED` for an element type outside ELEMENT_TYPES, `GRAPH_INITIALIZER_SIZE` when
 * elements and shape disagree
 */
export function readTensor(proto: TensorProto): InitializerSpec {
  const type = elementTypeOfCode(proto.dataType);
  if (type === undefined) throw unsupportedType(proto.name, proto.dataType);
  const shape = proto.dims.map(Number);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) return external(proto, type, shape);
  const data = elements(proto, type);
  const count = elementCount(shape);
  if (data.length !== count || shape.some((size) => size < 0)) {
    const width = ELEMENT_TYPES[type].bytes;
    throw sizeError(type, shape, data.length * width, count * width);
  }
  return { type, shape, data };
}

/** The error for an element type of onnx.proto that this package does not handle. */
export function unsupportedType(name: string, code: number): GraphError {
  return new GraphError('GRAPH_MODEL_UNSUPPORTED', {
    what: `"${name}" has the element type ${code} of onnx.proto.`,
    why: `This package handles ${Object.keys(ELEMENT_TYPES).join(', ')}.`,
    fix: 'Convert the tensor before.',
  });
}

function elements(proto: TensorProto, type: ElementType): TensorData {
  if (type === 'string') return proto.stringData.map((bytes) => new TextDecoder().decode(bytes));
  const Elements = ARRAYS[type];
  const width = Elements.BYTES_PER_ELEMENT;
  if (proto.rawData.length > 0) {
    // A copy, since raw data need not lie at a multiple of the element's size; by the constructor, since Buffer's own
    // slice() would be a view. Left-over bytes make one element more, which the count below refuses.
    const bytes = new Uint8Array(Math.ceil(proto.rawData.length / width) * width);
    bytes.set(proto.rawData);
    return new Elements(bytes.buffer);
  }
  if (type === 'float32') return Float32Array.from(proto.floatData);
  if (type === 'float64') return Float64Array.from(proto.doubleData);
  if (type === 'int64') return BigInt64Array.from(proto.int64Data);
  if (type === 'uint64') return BigUint64Array.from(proto.uint64Data);
  if (type === 'uint32') return Uint32Array.from(proto.uint64Data, Number);
  // All narrower types, and the bits of the 16-bit floats, are kept in int32_data.
  return (Elements as Int32ArrayConstructor).from(proto.int32Data);
}

function external(proto: TensorProto, type: ElementType, shape: readonly number[]): InitializerSpec {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? elementCount(shape) * ELEMENT_TYPES[type].bytes);
  if (location === '' || !Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length)) {
    throw new GraphError('GRAPH_MODEL_MALFORMED', {
      what: `"${proto.name}" says its data lies in "${location}" at ${entries.get('offset')}.`,
      why: 'External data needs a location, and an offset and a length in bytes.',
      fix: 'Write the model again with the tool that made it.',
    });
  }
  return { type, shape, location, offset, length };
}
