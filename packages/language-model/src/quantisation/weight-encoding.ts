import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { ElementType, Tensor } from '@flanlab/onnx-session';
import type { WeightTensor } from '../safetensors/types.js';

/** Blocks of 4-bit codes, as bitsandbytes has them. */
export interface FourBitEncoding {
  readonly kind: 'nf4' | 'fp4';
  /** Weights that share a magnitude. */
  readonly blockSize: number;
  /** Whether the magnitudes are quantised to 8 bits once more. */
  readonly doubleQuant: boolean;
}

/** How a frozen weight lies in memory. It is computed with in float32 always, and exists as such only while it is used. */
export type WeightEncoding = FourBitEncoding | { readonly kind: 'float32' | 'float16' | 'bfloat16' | 'int8' };

/** A frozen weight and how it lies in memory. */
export interface EncodedWeight {
  /** Its Hugging Face name. */
  readonly name: string;
  /** As stored in the checkpoint. */
  readonly shape: readonly number[];
  readonly encoding: WeightEncoding;
  /** A linear layer that is stored (in, out): codes run over its transpose, as bitsandbytes does for Conv1D. */
  readonly transposed?: boolean;
}

/** One tensor of an encoded weight: an input of the graph. */
export interface WeightPart {
  readonly name: string;
  readonly type: ElementType & ('float32' | 'float16' | 'int8' | 'uint8');
  readonly shape: readonly number[];
}

/** What can be done with one kind of encoding. */
export interface EncodingSpec<Encoding extends WeightEncoding = WeightEncoding> {
  /** The tensors that hold it, the weight's own name first. */
  parts(weight: EncodedWeight, encoding: Encoding): readonly WeightPart[];
  /** Values of the parts, each in a buffer of its own. */
  encode(weight: EncodedWeight, encoding: Encoding, source: WeightTensor): Promise<readonly Tensor['data'][]>;
  /** The whole weight in float32, of the shape it is stored in. */
  decode(g: GraphBuilder, weight: EncodedWeight, encoding: Encoding, parts: readonly Value[]): Value;
  /** Only some rows of it, where that saves decoding the rest. */
  rows?(g: GraphBuilder, parts: readonly Value[], ids: Value): Value;
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** (out, in) of a linear layer's weight; anything that is no matrix counts as one row. */
export function matrixShape({ shape, transposed = false }: EncodedWeight): readonly [number, number] {
  const columns = shape.at(-1) ?? 1;
  const rows = elementCount(shape) / columns;
  return transposed ? [columns, rows] : [rows, columns];
}

/** Values of a weight as (out, in), whichever way they are stored. */
export async function matrixValues(weight: EncodedWeight, source: WeightTensor): Promise<Float32Array> {
  const values = await source.float32();
  const [rows, columns] = matrixShape(weight);
  return weight.transposed === true ? flipped(values, [columns, rows]) : values;
}

/** The transpose of a matrix. */
export function flipped(values: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column]!;
  }
  return out;
}

/** A decoded (out, in) matrix in the shape that its weight is stored in. */
export function storedShape(g: GraphBuilder, { shape, transposed = false }: EncodedWeight, matrix: Value): Value {
  return transposed ? g.op.transpose(matrix, [1, 0]) : g.op.reshape(matrix, shape);
}
