import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import type { WeightTensor } from '../safetensors/types.js';
import { fourBitEncoding } from './four-bit-encoding.js';
import { BFLOAT16_OPSET, bfloat16Encoding, float16Encoding, float32Encoding, int8Encoding } from './plain-encodings.js';
import {
  type EncodedWeight,
  type EncodingSpec,
  elementCount,
  type WeightEncoding,
  type WeightPart,
} from './weight-encoding.js';

/** Ways for a frozen weight to lie in memory, by kind. */
export const WEIGHT_ENCODINGS = {
  float32: float32Encoding,
  float16: float16Encoding,
  bfloat16: bfloat16Encoding,
  int8: int8Encoding,
  nf4: fourBitEncoding,
  fp4: fourBitEncoding,
} as const satisfies Record<WeightEncoding['kind'], unknown>;

// A kind and its entry belong together; the type system cannot see that through a look-up.
const specOf = ({ kind }: WeightEncoding): EncodingSpec => WEIGHT_ENCODINGS[kind] as EncodingSpec;

/** The tensors that hold a frozen weight: inputs of a graph, the weight's own name first. */
export const weightParts = (weight: EncodedWeight): readonly WeightPart[] =>
  specOf(weight.encoding).parts(weight, weight.encoding);

/** Values of the tensors of {@link weightParts}, each in a buffer of its own. */
export async function encodeWeight(
  weight: EncodedWeight,
  source: WeightTensor,
): Promise<readonly (readonly [string, Tensor])[]> {
  const { quantised } = source;
  const data =
    quantised !== undefined && isSameEncoding(quantised.encoding, weight.encoding)
      ? await quantised.parts()
      : await specOf(weight.encoding).encode(weight, weight.encoding, source);
  return weightParts(weight).map(({ name, type, shape }, i) => [name, { type, dims: shape, data: data[i]! }] as const);
}

/**
 * Adds the nodes that turn the parts of a frozen weight into float32, with the bits that its format says.
 * @param after - a value that must be there first. A runtime is free to run nodes that wait for nothing at the very
 * beginning, where all weights would lie in float32 at once; and a second decoding, for the backward pass, would be merged
 * with the first and hold the weight in float32 from its first use to its last
 */
export function decodeWeight(g: GraphBuilder, weight: EncodedWeight, parts: readonly Value[], after?: Value): Value {
  const isPlain = after === undefined || weight.encoding.kind === 'float32';
  const waiting = isPlain ? parts : parts.map((part) => waitFor(g, part, after));
  return specOf(weight.encoding).decode(g, weight, weight.encoding, waiting);
}

/** Rows of a frozen embedding in float32; `ids` are integers. */
export function decodeRows(g: GraphBuilder, weight: EncodedWeight, parts: readonly Value[], ids: Value): Value {
  const { rows } = specOf(weight.encoding);
  return rows === undefined ? g.op.gather(decodeWeight(g, weight, parts), ids) : rows(g, parts, ids);
}

/** True where two encodings give the same parts. */
export function isSameEncoding(a: WeightEncoding, b: WeightEncoding): boolean {
  if (a.kind !== b.kind || !('blockSize' in a) || !('blockSize' in b)) return a.kind === b.kind;
  return a.blockSize === b.blockSize && a.doubleQuant === b.doubleQuant;
}

/** Bytes that a frozen weight takes. */
export function encodedBytes(weight: EncodedWeight): number {
  const widths = { float32: 4, float16: 2, int8: 1, uint8: 1 } as const;
  return weightParts(weight).reduce((sum, { type, shape }) => sum + widths[type] * elementCount(shape), 0);
}

/** The operator set a graph needs to decode these weights; undefined where any will do. */
export function encodingOpset(weights: readonly EncodedWeight[]): number | undefined {
  return weights.some(({ encoding }) => encoding.kind === 'bfloat16') ? BFLOAT16_OPSET : undefined;
}

/** `x` itself, but not before `after` has been computed: reshaped to its own shape, which is made from a size of `after`. */
function waitFor(g: GraphBuilder, x: Value, after: Value): Value {
  const nothing = g.op.mul(g.op.shape(after, { start: 0, end: 1 }), 0);
  const shape = g.op.add(g.constant('int64', x.shape.map(Number)), nothing);
  return g.node('Reshape', [x, shape], { outputs: [{ type: x.type, shape: x.shape }] })[0]!;
}
