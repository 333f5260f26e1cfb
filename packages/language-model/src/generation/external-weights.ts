import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import type { ExternalData } from '@flanlab/onnx-session';
import type { WeightTensor } from '../safetensors/types.js';

/** A model file holds 2 GiB at most, and a buffer about 4: weights lie beside it, in parts of this size. */
const PART_BYTES = 2 ** 30;
const ALIGNMENT = 64;

export interface ExternalWeights {
  /** A weight as a value of the graph, by its Hugging Face name. */
  readonly parameters: (name: string) => Value;
  /** What the session needs beside the model. */
  readonly externalData: readonly ExternalData[];
}

/** Adds a model's weights to a graph as float32 initializers whose data lie outside of the model's bytes. */
export async function externalWeights(
  g: GraphBuilder,
  tensors: ReadonlyMap<string, WeightTensor>,
): Promise<ExternalWeights> {
  const values = new Map<string, Value>();
  const externalData: ExternalData[] = [];
  for (const [number, part] of parts(tensors).entries()) {
    const path = `weights.${number}`;
    const data = new Uint8Array(part.bytes);
    for (const { name, tensor, offset } of part.entries) {
      const numbers = await tensor.float32();
      data.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), offset);
      const spec = {
        type: 'float32',
        shape: tensor.shape,
        location: path,
        offset,
        length: numbers.byteLength,
      } as const;
      values.set(name, g.initializer(name, spec));
    }
    externalData.push({ path, data });
  }
  return { parameters: (name) => values.get(name)!, externalData };
}

interface Part {
  readonly entries: { readonly name: string; readonly tensor: WeightTensor; readonly offset: number }[];
  bytes: number;
}

function parts(tensors: ReadonlyMap<string, WeightTensor>): readonly Part[] {
  const out: Part[] = [];
  for (const [name, tensor] of tensors) {
    const bytes = 4 * tensor.shape.reduce((product, dimension) => product * dimension, 1);
    let part = out.at(-1);
    if (part === undefined || part.bytes + bytes > PART_BYTES) {
      part = { entries: [], bytes: 0 };
      out.push(part);
    }
    part.entries.push({ name, tensor, offset: part.bytes });
    part.bytes += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  }
  return out;
}
