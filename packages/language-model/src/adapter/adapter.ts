import { join } from 'node:path';
import { exists, readJson, writeFolderAtomic, writeJson } from '@flanlab/files';
import { compareTensors } from '../checkpoint/compare-tensors.js';
import { LanguageModelError } from '../errors.js';
import type { LinearHook, Parameters } from '../graph/parts.js';
import type { ModelConfig } from '../model-config.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import type { WeightTensor } from '../safetensors/types.js';
import { type WritableTensor, writeSafetensors } from '../safetensors/write-safetensors.js';
import {
  ADAPTER_PREFIX,
  type AdapterConfig,
  adapterConfigJson,
  adapterParameters,
  adapterScale,
  adapterTensorNames,
  parseAdapterConfig,
} from './adapter-config.js';
import { adapterModules, withoutUnmatched } from './adapter-targets.js';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';

/** An adapter folder whose tensors have been checked against a model; values are read when asked. */
export interface Adapter {
  readonly dir: string;
  readonly config: AdapterConfig;
  /** By PEFT's names: `base_model.model.<module>.lora_A.weight` (rank, in), `….lora_B.weight` (out, rank). */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** Base weights, by their names in the model, that PEFT stores beside an adapter of the output layer. */
  readonly baseCopies: ReadonlyMap<string, WeightTensor>;
  /** Free text stored with the weights, such as the hash of the base model. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a PEFT adapter folder for a model. Strict, unlike PEFT: a missing, superfluous or ill-shaped tensor is an error
 * with a diff.
 * @throws {LanguageModelError} `ADAPTER_FILE_MISSING`, `ADAPTER_CONFIG_INVALID`, `ADAPTER_TENSORS_MISMATCH`, `SAFETENSORS_…`
 */
export async function readAdapter(dir: string, model: ModelConfig): Promise<Adapter> {
  for (const name of [CONFIG, WEIGHTS]) {
    if (await exists(join(dir, name))) continue;
    throw new LanguageModelError('ADAPTER_FILE_MISSING', {
      what: `"${dir}" is no adapter folder.`,
      why: `It has no ${name}.`,
      fix: 'Give the folder that save_pretrained of PEFT, or a LoRA run, wrote.',
    });
  }
  const config = withoutUnmatched(model, parseAdapterConfig(await readJson(join(dir, CONFIG)), join(dir, CONFIG)));
  const { tensors, metadata } = await readSafetensors(join(dir, WEIGHTS));
  const baseCopies = new Map<string, WeightTensor>();
  for (const { name } of adapterModules(model, config)) {
    const copy = tensors.get(`${ADAPTER_PREFIX}${name}.base_layer.weight`);
    if (copy) baseCopies.set(`${name}.weight`, copy);
  }
  const own = new Map([...tensors].filter(([, tensor]) => ![...baseCopies.values()].includes(tensor)));
  compareTensors('ADAPTER_TENSORS_MISMATCH', dir, adapterParameters(model, config), own);
  return { dir, config, tensors: own, baseCopies, metadata };
}

export interface AdapterContent {
  readonly model: ModelConfig;
  readonly config: AdapterConfig;
  /** Exactly the tensors of the config, by PEFT's names. */
  readonly tensors: ReadonlyMap<string, WritableTensor>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes an adapter folder that every PEFT from 0.14 on loads: adapter_config.json and adapter_model.safetensors.
 * Atomic; an existing folder is replaced.
 * @throws {LanguageModelError} `ADAPTER_TENSORS_MISMATCH`, `ADAPTER_CONFIG_INVALID`
 * @throws {FilesError} where the disk refuses
 */
export async function writeAdapter(
  dir: string,
  { model, config, tensors, metadata = {} }: AdapterContent,
): Promise<void> {
  const shapes = new Map(
    [...tensors].map(([name, tensor]) => [name, { shape: 'dims' in tensor ? tensor.dims : tensor.shape }]),
  );
  compareTensors('ADAPTER_TENSORS_MISMATCH', dir, adapterParameters(model, config), shapes);
  await writeFolderAtomic(
    dir,
    async (temporary) => {
      await writeJson(join(temporary, CONFIG), adapterConfigJson(model, config));
      await writeSafetensors(join(temporary, WEIGHTS), tensors, metadata);
    },
    { replace: true },
  );
}

/** A hook that adds scale · B(A(x)) to the linear layers of an adapter, its matrices looked up by PEFT's names. */
export function adapterHook(
  model: ModelConfig,
  config: AdapterConfig,
  parameters: Parameters,
): Required<Pick<LinearHook, 'added'>> & LinearHook {
  const modules = new Set(adapterModules(model, config).map(({ name }) => name));
  const hook: LinearHook = (g, name, x, apply) => {
    if (!modules.has(name)) return apply();
    const { a, b } = adapterTensorNames(name);
    const inner = g.op.gemm(x, parameters(a), null, { transB: true });
    return g.op.gemm(inner, parameters(b), apply(), { transB: true, alpha: adapterScale(config, name) });
  };
  const added: LinearHook['added'] = (g, name, x) => {
    if (!modules.has(name)) return undefined;
    const { a, b } = adapterTensorNames(name);
    const rows = g.op.gemm(x, parameters(a), null, { transB: true, alpha: adapterScale(config, name) });
    return { rows, weight: parameters(b) };
  };
  return Object.assign(hook, { added });
}
