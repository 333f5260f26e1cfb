import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { FOUR_BIT_TABLES, quantiseFourBit } from './four-bit.js';
import { DYNAMIC_MAP, NESTED_BLOCK, type NestedAbsmax, nestAbsmax } from './nested-absmax.js';
import {
  type EncodedWeight,
  type EncodingSpec,
  elementCount,
  type FourBitEncoding,
  matrixShape,
  matrixValues,
  storedShape,
} from './weight-encoding.js';

/** Half a byte a weight and a magnitude a block; the last block, and the last 256 magnitudes, are filled up with zeros. */
export const fourBitEncoding: EncodingSpec<FourBitEncoding> = {
  parts({ name, shape }, encoding) {
    const { blocks, nestedBlocks } = sizes(shape, encoding);
    const codes = { name, type: 'uint8', shape: [(blocks * encoding.blockSize) / 2] } as const;
    if (!encoding.doubleQuant) return [codes, { name: `${name}.absmax`, type: 'float32', shape: [blocks, 1] }];
    return [
      codes,
      { name: `${name}.absmax`, type: 'uint8', shape: [nestedBlocks, NESTED_BLOCK] },
      { name: `${name}.nested_absmax`, type: 'float32', shape: [nestedBlocks, 1] },
      { name: `${name}.nested_offset`, type: 'float32', shape: [1] },
    ];
  },

  async encode(weight, encoding, source) {
    const values = await matrixValues(weight, source);
    const { codes, absmax } = quantiseFourBit(values, encoding.kind, encoding.blockSize);
    return fourBitData(weight.shape, encoding, codes, encoding.doubleQuant ? nestAbsmax(absmax) : absmax);
  },

  decode(g, weight, encoding, [codes, ...scales]) {
    const { blocks } = sizes(weight.shape, encoding);
    const pairs = g.op.gather(pairTable(g, encoding.kind), g.op.cast(codes!, 'int32'));
    const absmax = encoding.doubleQuant ? expandedAbsmax(g, scales, blocks) : scales[0]!;
    const scaled = g.op.mul(g.op.reshape(pairs, [blocks, encoding.blockSize]), absmax);
    return storedShape(g, weight, g.op.reshape(cut(g, scaled, elementCount(weight.shape)), [...matrixShape(weight)]));
  },
};

/** Codes and magnitudes as the parts of an encoded weight. */
export function fourBitData(
  shape: readonly number[],
  encoding: FourBitEncoding,
  codes: Uint8Array,
  absmax: Float32Array | NestedAbsmax,
): readonly Tensor['data'][] {
  const { blocks, nestedBlocks } = sizes(shape, encoding);
  const filled = fill(codes, (blocks * encoding.blockSize) / 2);
  if (absmax instanceof Float32Array) return [filled, absmax];
  return [filled, fill(absmax.codes, nestedBlocks * NESTED_BLOCK), absmax.absmax, Float32Array.of(absmax.offset)];
}

/** (blocks, 1): `expandAbsmax` in the graph, with the same bits. */
function expandedAbsmax(g: GraphBuilder, [codes, nested, offset]: readonly Value[], blocks: number): Value {
  const units = g.op.gather(g.constant('float32', [...DYNAMIC_MAP], [256]), g.op.cast(codes!, 'int32'));
  return g.op.reshape(cut(g, g.op.add(g.op.mul(units, nested!), offset!), blocks), [blocks, 1]);
}

/** The two numbers that each byte stands for, (256, 2): half as many look-ups as one for each code. */
function pairTable(g: GraphBuilder, kind: FourBitEncoding['kind']): Value {
  const table = FOUR_BIT_TABLES[kind];
  const pairs = Array.from({ length: 256 }, (_, byte) => [table[byte >> 4]!, table[byte & 15]!]);
  return g.constant('float32', pairs.flat(), [256, 2]);
}

/** The first `count` numbers of a tensor, flat. */
function cut(g: GraphBuilder, x: Value, count: number): Value {
  const flat = g.op.reshape(x, [-1]);
  if (elementCount(x.shape.map(Number)) === count) return flat;
  return g.op.slice(flat, { starts: [0], ends: [count], axes: [0] });
}

function sizes(shape: EncodedWeight['shape'], { blockSize }: FourBitEncoding) {
  const blocks = Math.ceil(elementCount(shape) / blockSize);
  return { blocks, nestedBlocks: Math.ceil(blocks / NESTED_BLOCK) };
}

function fill(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}
