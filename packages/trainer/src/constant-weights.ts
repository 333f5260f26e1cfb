import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { WeightTensor } from '@flanlab/language-model';
import type { Provider } from '@flanlab/onnx-session';
import type { InputParameter, WeightPlace } from './frozen-weights.js';
import type { StoredWeight } from './quantization.js';

/** Frozen weights that a session reads from the files of the model folder, instead of being fed them. */
export interface ConstantWeights {
  readonly folder: string;
  readonly places: ReadonlyMap<string, WeightPlace>;
}

/** Most bytes of packed copies on the processor: models of up to 268 million parameters. */
const MOST_PACKED_BYTES = 2 ** 31;
/** One for the product of the forward pass, one for that of the backward pass, which reads the weight the other way. */
const PACKED_COPIES = 2;

/**
 * What of the frozen weights should be constants of the graphs: float32 matrices that a file has as they are. The processor's
 * kernels arrange such a weight once, and not in each product anew; that makes a LoRA step 2 to 11 % faster and costs two
 * copies, so that large models go without. Other providers hold a constant in their own memory, where an input would
 * be sent to them in each run. Which it is follows from the model, not from the machine: results have the same bits
 * everywhere.
 */
export async function constantWeights(
  frozen: readonly InputParameter[],
  stored: ReadonlyMap<string, WeightTensor>,
  provider: Provider,
): Promise<ConstantWeights | undefined> {
  const weights = frozen.filter((parameter) => isConstant(parameter, stored.get(parameter.name)));
  const bytes = weights.reduce((sum, { name }) => sum + stored.get(name)!.byteLength, 0);
  if (weights.length === 0 || (provider === 'cpu' && PACKED_COPIES * bytes > MOST_PACKED_BYTES)) return undefined;
  const files = new Map<string, string>();
  for (const { path } of weights.map(({ name }) => stored.get(name)!.file!)) {
    // A cache of the hub has links in the folder; the runtime only reads files that really lie where it is told.
    if (!files.has(path)) files.set(path, await realpath(path));
  }
  const folders = new Set([...files.values()].map(dirname));
  if (folders.size > 1) return undefined;
  const places = weights.map(({ name }) => {
    const { file, byteLength } = stored.get(name)!;
    return [name, { location: basename(files.get(file!.path)!), offset: file!.offset, length: byteLength }] as const;
  });
  return { folder: [...folders][0]!, places: new Map(places) };
}

/** True for what products read in float32, and a file has in float32. */
function isConstant(parameter: InputParameter, weight: WeightTensor | undefined): boolean {
  return weight?.file !== undefined && isPlainMatrix(parameter, weight);
}

const isPlainMatrix = ({ shape, encoding }: InputParameter, { dtype, quantised }: StoredWeight): boolean =>
  shape.length === 2 && (encoding?.kind ?? 'float32') === 'float32' && dtype === 'F32' && quantised === undefined;

/** What {@link constantWeights} will make constants on the processor, before anything is loaded; all is float32 without `stored`. */
export function likelyConstants(
  frozen: readonly InputParameter[],
  stored: ReadonlyMap<string, StoredWeight> | undefined,
): readonly InputParameter[] {
  const weights = frozen.filter((parameter) =>
    isPlainMatrix(parameter, stored?.get(parameter.name) ?? { dtype: 'F32' }),
  );
  const bytes = weights.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
  return PACKED_COPIES * bytes > MOST_PACKED_BYTES ? [] : weights;
}
