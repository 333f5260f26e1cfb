import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OpenModel } from '../check-gradient.js';
import type { ElementType } from '../element-type.js';
import { type TensorSpec, tensorBytes } from '../tensor-data.js';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
} as const;

function toTensor(spec: TensorSpec): Tensor {
  if (!isTyped(spec.type)) throw new TypeError(`no typed array for ${spec.type}`);
  const data = new ARRAYS[spec.type](tensorBytes(spec).slice().buffer);
  return new Tensor(spec.type, data, [...spec.shape]);
}

function isTyped(type: ElementType): type is keyof typeof ARRAYS {
  return type in ARRAYS;
}

/** Opens a model with onnxruntime-node on the CPU, warnings silenced, with a number of threads. */
export const openWithThreads =
  (threads: number): OpenModel =>
  async (model) => {
    const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: threads });
    return async (feeds) => {
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, spec]) => [name, toTensor(spec)]));
      const results = await session.run(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [
          name,
          Array.from(data as Iterable<number | bigint>, Number),
        ]),
      );
    };
  };

/** The same with one thread. */
export const openWithOnnxRuntime: OpenModel = openWithThreads(1);
