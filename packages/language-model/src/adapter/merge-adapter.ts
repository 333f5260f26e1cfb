import type { LinearModule } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import type { Adapter } from './adapter.js';
import { adapterModules, adapterScale, adapterTensorNames } from './adapter-config.js';

/**
 * The weights of a model with an adapter added in: W + scale · B·A, transposed where the layer is stored (in, out). The
 * merged tensors are computed when they are read, one at a time; all others are the checkpoint's own.
 */
export function mergeAdapter(
  checkpoint: { readonly config: ModelConfig; readonly tensors: ReadonlyMap<string, WeightTensor> },
  adapter: Pick<Adapter, 'config' | 'tensors'>,
): Map<string, WeightTensor> {
  const tensors = new Map(checkpoint.tensors);
  const scale = adapterScale(adapter.config);
  for (const module of adapterModules(checkpoint.config, adapter.config)) {
    const names = adapterTensorNames(module.name);
    const base = tensors.get(`${module.name}.weight`)!;
    const [a, b] = [adapter.tensors.get(names.a)!, adapter.tensors.get(names.b)!];
    const float32 = async (): Promise<Float32Array> => {
      const weight = await base.float32();
      addProduct(weight, await b.float32(), await a.float32(), { ...module, rank: adapter.config.rank, scale });
      return weight;
    };
    tensors.set(`${module.name}.weight`, {
      dtype: 'F32',
      shape: base.shape,
      byteLength: module.in * module.out * 4,
      float32,
      bytes: async () => new Uint8Array((await float32()).buffer),
    });
  }
  return tensors;
}

interface Product extends LinearModule {
  readonly rank: number;
  readonly scale: number;
}

/** weight += scale · b·a for b (out, rank), a (rank, in); weight (out, in), or (in, out) when transposed. */
function addProduct(weight: Float32Array, b: Float32Array, a: Float32Array, product: Product): void {
  const { in: width, out, rank, scale, transposed } = product;
  const row = new Float64Array(width);
  for (let o = 0; o < out; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = b[o * rank + r]!;
      for (let i = 0; i < width; i++) row[i]! += factor * a[r * width + i]!;
    }
    for (let i = 0; i < width; i++) weight[transposed ? i * out + o : o * width + i]! += scale * row[i]!;
  }
}
