import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { TensorProtoSchema } from './onnx_pb.js';
import { readTensor } from './read-tensor.js';
import { bfloat16Bits, float16Bits, tensorBytes } from './tensor-data.js';

// IEEE 754 binary16: largest, smallest normal, smallest subnormal, ties to even, overflow.
it.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [-Infinity, 0xfc00],
  [NaN, 0x7e00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.001, 0x0001],
  [2047.9999 / 2048, 0x3c00],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [-0, 0x8000],
])('float16 bits of %d', (value, bits) => {
  expect(float16Bits(value)).toBe(bits);
});

it.each([
  [1, 0x3f80],
  [-2.5, 0xc020],
  [NaN, 0x7fc0],
  [1 + 2 ** -8, 0x3f80],
  [1 + 3 * 2 ** -8, 0x3f82],
  [Infinity, 0x7f80],
])('bfloat16 bits of %d', (value, bits) => {
  expect(bfloat16Bits(value)).toBe(bits);
});

describe('readTensor', () => {
  it.each([
    ['raw bytes', { dataType: 6, dims: [2n], rawData: new Uint8Array([1, 0, 0, 0, 255, 255, 255, 255]) }, [1, -1]],
    ['float_data', { dataType: 1, dims: [2n], floatData: [0.5, -1] }, [0.5, -1]],
    ['double_data', { dataType: 11, dims: [1n], doubleData: [0.1] }, [0.1]],
    ['int64_data', { dataType: 7, dims: [2n], int64Data: [-5n, 6n] }, [-5n, 6n]],
    ['uint64_data', { dataType: 12, dims: [1n], uint64Data: [4_000_000_000n] }, [4_000_000_000]],
    ['int32_data of bools', { dataType: 9, dims: [2n], int32Data: [1, 0] }, [1, 0]],
    ['int32_data of float16 bits', { dataType: 10, dims: [1n], int32Data: [0xc000] }, [0xc000]],
    ['string_data', { dataType: 8, dims: [1n], stringData: [new TextEncoder().encode('é')] }, ['é']],
  ])('reads %s', (_, init, data) => {
    const spec = readTensor(create(TensorProtoSchema, init));
    expect('data' in spec ? Array.from<unknown>(spec.data) : undefined).toEqual(data);
  });

  it('gives a location for external data', () => {
    const externalData = [
      { key: 'location', value: 'w.bin' },
      { key: 'offset', value: '64' },
    ];
    const proto = create(TensorProtoSchema, { dataType: 1, dims: [3n], dataLocation: 1, externalData });
    expect(readTensor(proto)).toEqual({ type: 'float32', shape: [3], location: 'w.bin', offset: 64, length: 12 });
  });

  it.each([
    ['left-over bytes', { dataType: 1, dims: [1n], rawData: new Uint8Array(5) }, 'GRAPH_INITIALIZER_SIZE'],
    ['too few elements', { dataType: 1, dims: [4n], floatData: [1] }, 'GRAPH_INITIALIZER_SIZE'],
    ['a negative size', { dataType: 1, dims: [-1n, -1n], floatData: [1] }, 'GRAPH_INITIALIZER_SIZE'],
    ['a type it does not handle', { dataType: 17, dims: [1n], rawData: new Uint8Array(1) }, 'GRAPH_MODEL_UNSUPPORTED'],
    ['external data without a place', { dataType: 1, dims: [1n], dataLocation: 1 }, 'GRAPH_MODEL_MALFORMED'],
  ])('refuses %s', (_, init, code) => {
    expect(() => readTensor(create(TensorProtoSchema, init))).toThrow(expect.objectContaining({ code }));
  });
});

it('does not copy typed arrays, and takes bytes under any type', () => {
  const data = new Float32Array([1, 2]);
  expect(tensorBytes({ type: 'float32', shape: [2], data }).buffer).toBe(data.buffer);
  expect(tensorBytes({ type: 'int64', shape: [1], data: new Uint8Array(8) })).toHaveLength(8);
});
