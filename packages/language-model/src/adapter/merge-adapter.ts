import type { LinearModule } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import type { Adapter } from './adapter.js';
import { adapterRank, adapterScale, adapterTensorNames } from './adapter-config.js';
import { adapterModules } from './adapter-targets.js';

/** A model's weights by name; more may lie beside them. */
interface Weights {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/** How far an adapter moved one layer. */
export interface WeightChange {
  readonly module: string;
  /** Largest |Δw|. */
  readonly largest: number;
  /** Norm of Δ over the norm of the weight. */
  readonly relative: number;
}

/**
 * The weights of a model with an adapter added in: W + scale · B·A, transposed where the layer is stored (in, out). The
 * merged tensors are computed when they are read, one at a time, and are float32; all others are the checkpoint's own.
 * Weights that are stored quantised are dequantised first and stay so: merged into 4 bits again, most of what was learned
 * would be rounded away.
 */
export function mergeAdapter(
  checkpoint: Weights,
  adapter: Pick<Adapter, 'config' | 'tensors'>,
): Map<string, WeightTensor> {
  return withProducts(checkpoint, adapter, 1);
}

/**
 * Takes an adapter out of weights that it was merged into. Equal to the weights before but for float32 rounding: about
 * 1e-7 of the larger of weight and change; merged weights that were saved in 16 bits come back as coarsely as those.
 */
export function unmergeAdapter(
  checkpoint: Weights,
  adapter: Pick<Adapter, 'config' | 'tensors'>,
): Map<string, WeightTensor> {
  return withProducts(checkpoint, adapter, -1);
}

/** How much merging changes each layer, in the order of the forward pass; reads one layer at a time. */
export async function* weightChanges(
  checkpoint: Weights,
  adapter: Pick<Adapter, 'config' | 'tensors'>,
): AsyncGenerator<WeightChange> {
  const merged = mergeAdapter(checkpoint, adapter);
  for (const { name } of adapterModules(checkpoint.config, adapter.config)) {
    const before = await checkpoint.tensors.get(`${name}.weight`)!.float32();
    const after = await merged.get(`${name}.weight`)!.float32();
    yield { module: name, ...change(before, after) };
  }
}

function withProducts(
  checkpoint: Weights,
  adapter: Pick<Adapter, 'config' | 'tensors'>,
  sign: 1 | -1,
): Map<string, WeightTensor> {
  const tensors = new Map(checkpoint.tensors);
  for (const module of adapterModules(checkpoint.config, adapter.config)) {
    const names = adapterTensorNames(module.name);
    const base = tensors.get(`${module.name}.weight`)!;
    const [a, b] = [adapter.tensors.get(names.a)!, adapter.tensors.get(names.b)!];
    const rank = adapterRank(adapter.config, module.name);
    const scale = sign * adapterScale(adapter.config, module.name);
    const float32 = async (): Promise<Float32Array> => {
      const weight = await base.float32();
      addProduct(weight, await b.float32(), await a.float32(), { ...module, rank, scale });
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

function change(before: Float32Array, after: Float32Array): Omit<WeightChange, 'module'> {
  let [largest, squares, whole] = [0, 0, 0];
  for (let i = 0; i < before.length; i++) {
    const difference = Math.abs(after[i]! - before[i]!);
    if (difference > largest) largest = difference;
    squares += difference * difference;
    whole += before[i]! * before[i]!;
  }
  return { largest, relative: whole === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / whole) };
}
