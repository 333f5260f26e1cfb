import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '@flanlab/files';
import { LanguageModelError } from '../errors.js';
import { familyOf } from '../families/families.js';
import { modelParameters } from '../families/parameters.js';
import { parseModelConfig } from '../families/parse-config.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import { readSeq2SeqWeights } from '../seq2seq/read-seq2seq.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';
import { compareTensors } from './compare-tensors.js';
import { readWeightFiles } from './read-weight-files.js';

/** A model folder whose config and tensor list have been checked; values are read when asked. */
export interface Checkpoint {
  readonly dir: string;
  readonly config: ModelConfig;
  /** Exactly the parameters of the config, by name, in the order of the forward pass. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/**
 * Reads a Hugging Face folder of a causal model or an encoder-decoder: `config.json` and `model.safetensors`, or the shards that
 * `model.safetensors.index.json` names. Strict: each parameter must be there with the right shape, and nothing else.
 * Two liberties of `transformers` are kept: a checkpoint of the bare model (names without the prefix), and a stored
 * copy of a tied output layer.
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `CHECKPOINT_TENSORS_MISMATCH`, `MODEL_…`, `SAFETENSORS_…`
 */
export async function readCheckpoint(dir: string): Promise<Checkpoint> {
  const config = await readModelConfig(dir);
  if (isSeq2Seq(config)) return readSeq2SeqWeights(dir, config);
  const family = familyOf(config);
  const stored = await readWeightFiles(dir);
  const found = new Map<string, WeightTensor>();
  const parameters = modelParameters(config);
  const names = new Set(parameters.map(({ name }) => name));
  const head = `${family.outputLayer ?? 'lm_head'}.weight`;
  for (const [name, tensor] of stored) {
    const isHead = name === head || name === 'lm_head.weight';
    if (family.ignoredTensors.test(name) || (config.tiedHead && isHead)) continue;
    const prefixed = `${family.baseModelPrefix}${name}`;
    const key = !names.has(name) && names.has(prefixed) ? prefixed : name;
    found.set(isHead ? head : key, tensor);
  }
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, parameters, found);
  return { dir, config, tensors: new Map(parameters.map(({ name }) => [name, found.get(name)!])) };
}

/**
 * Reads only `config.json`, for graphs and sizes.
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `MODEL_ARCHITECTURE_UNKNOWN`, `MODEL_CONFIG_INVALID`
 */
export async function readModelConfig(dir: string): Promise<ModelConfig> {
  const path = join(dir, 'config.json');
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) {
    throw new LanguageModelError('CHECKPOINT_FILE_MISSING', {
      what: `"${dir}" is no model folder.`,
      why: 'It has no readable config.json.',
      fix: 'Give the folder that holds config.json, model.safetensors and tokenizer.json.',
    });
  }
  return parseModelConfig(await readJson(path), path);
}
