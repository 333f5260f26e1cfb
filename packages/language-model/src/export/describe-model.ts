import { join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { readModelConfig } from '../checkpoint/read-checkpoint.js';
import { readWeightFiles } from '../checkpoint/read-weight-files.js';
import { anyParameters } from '../encoder/any-parameters.js';
import { ENCODER_FAMILIES } from '../encoder/encoder-families.js';
import { parseEncoderConfig } from '../encoder/read-encoder.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';

/** Parameters with the same name but for the number of their block. */
export interface ModuleSummary {
  /** Name with `*` for numbers, such as `model.layers.*.self_attn.q_proj.weight`. */
  readonly name: string;
  /** Of one of them. */
  readonly shape: readonly number[];
  readonly count: number;
  /** All of them together. */
  readonly parameters: number;
  /** Types they are stored in, such as `BF16` or `nf4`; empty without weight files. */
  readonly types: readonly string[];
}

export interface ModelSummary {
  readonly config: ModelConfig;
  readonly modules: readonly ModuleSummary[];
  readonly parameters: number;
  /** Bytes of the weights as they are stored; 0 without weight files. */
  readonly storedBytes: number;
  /** The stored weights; empty without weight files. */
  readonly stored: ReadonlyMap<string, WeightTensor>;
}

/**
 * What a model folder holds, from config.json and the headers of its weight files. Weights may be missing: sizes follow from
 * the config.
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `MODEL_…`, `SAFETENSORS_…`
 */
export async function describeModel(dir: string): Promise<ModelSummary> {
  const config = await readAnyConfig(dir);
  const hasWeights =
    (await exists(join(dir, 'model.safetensors'))) || (await exists(join(dir, 'model.safetensors.index.json')));
  const stored: ReadonlyMap<string, WeightTensor> = hasWeights ? await readWeightFiles(dir) : new Map();
  const groups = new Map<string, { shape: readonly number[]; count: number; types: Set<string> }>();
  for (const { name, shape } of anyParameters(config)) {
    const key = name.replaceAll(/(?<=\.)\d+(?=\.)/g, '*');
    const group = groups.get(key) ?? { shape, count: 0, types: new Set<string>() };
    group.count += 1;
    const weight =
      stored.get(name) ?? [...endings(name)].map((end) => stored.get(end)).find((found) => found !== undefined);
    if (weight !== undefined) group.types.add(weight.quantised?.encoding.kind ?? weight.dtype);
    groups.set(key, group);
  }
  const modules = [...groups].map(([name, { shape, count, types }]) => {
    const parameters = shape.reduce((product, size) => product * size, count);
    return { name, shape, count, parameters, types: [...types].sort() };
  });
  return {
    config,
    modules,
    parameters: modules.reduce((sum, { parameters }) => sum + parameters, 0),
    storedBytes: [...stored.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    stored,
  };
}

/** Checkpoints of base models leave the first part of names out. */
function* endings(name: string): Generator<string> {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1);
}

async function readAnyConfig(dir: string): Promise<ModelConfig> {
  const path = join(dir, 'config.json');
  const raw = (await exists(path)) ? await readJson(path) : undefined;
  const architectures: unknown = (raw as { readonly architectures?: unknown } | undefined)?.architectures;
  const known: readonly string[] = Object.values(ENCODER_FAMILIES).flatMap(({ architectures: names }) => [...names]);
  const isEncoder = Array.isArray(architectures) && known.includes(String(architectures[0]));
  return isEncoder ? parseEncoderConfig(raw, path) : readModelConfig(dir);
}
