import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { float32ToBfloat16, float32ToFloat16 } from '../safetensors/half-precision.js';
import type { SafetensorsType, WeightTensor } from '../safetensors/types.js';
import { INT8_STEP, quantiseInt8 } from './int8.js';
import { type EncodingSpec, matrixShape, matrixValues, storedShape } from './weight-encoding.js';

export const float32Encoding: EncodingSpec = {
  parts: ({ name, shape }) => [{ name, type: 'float32', shape }],
  encode: async (_, __, source) => [await source.float32()],
  decode: (_, __, ___, [values]) => values!,
};

/** 2 bytes a weight: the bits that the checkpoint has, or the nearest to them. */
const half = (
  dtype: SafetensorsType,
  round: (values: Float32Array) => Uint16Array,
  widen: (g: GraphBuilder, bits: Value) => Value,
): EncodingSpec => ({
  parts: ({ name, shape }) => [{ name, type: 'float16', shape }],
  encode: async (_, __, source) => [
    source.dtype === dtype ? asBits(await source.bytes()) : round(await source.float32()),
  ],
  decode: (g, _, __, [bits]) => widen(g, bits!),
  rows: (g, [bits], ids) => widen(g, g.op.gather(bits!, ids)),
});

export const float16Encoding: EncodingSpec = half('F16', float32ToFloat16, (g, x) => g.op.cast(x, 'float32'));

/** The ONNX operator set that has BitCast. */
export const BFLOAT16_OPSET = 26;

/** onnxruntime-node cannot pass bfloat16: the bits travel as float16, and the graph takes them for what they are. */
export const bfloat16Encoding: EncodingSpec = half('BF16', float32ToBfloat16, (g, x) => {
  const attributes = { to: { kind: 'int', value: 16 } } as const; // TensorProto.BFLOAT16
  const [bits] = g.node('BitCast', [x], { attributes, outputs: [{ type: 'bfloat16', shape: x.shape }] });
  return g.op.cast(bits!, 'float32');
});

/** 1 byte a weight and a magnitude a row. */
export const int8Encoding: EncodingSpec = {
  parts: (weight) => {
    const [rows, columns] = matrixShape(weight);
    return [
      { name: weight.name, type: 'int8', shape: [rows, columns] },
      { name: `${weight.name}.absmax`, type: 'float32', shape: [rows, 1] },
    ];
  },
  async encode(weight, _, source) {
    const { codes, absmax } = quantiseInt8(await matrixValues(weight, source), matrixShape(weight)[1]);
    return [codes, absmax];
  },
  // Multiplied in this order for the bits of `dequantiseInt8`; DequantizeLinear would let the runtime quantise products.
  decode: (g, weight, _, [codes, absmax]) =>
    storedShape(g, weight, g.op.mul(g.op.mul(g.op.cast(codes!, 'float32'), absmax!), INT8_STEP)),
};

/** Stored bytes as 16-bit numbers. `bytes` always starts a buffer of its own, so the view is aligned. */
function asBits(bytes: Awaited<ReturnType<WeightTensor['bytes']>>): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}
