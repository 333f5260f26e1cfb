import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '@flanlab/files';
import { LanguageModelError } from '../errors.js';
import { familyOf } from '../families/families.js';
import { linearModules, modelParameters } from '../families/parameters.js';
import { parseModelConfig } from '../families/parse-config.js';
import type { ModelConfig } from '../model-config.js';
import { turnQuantised } from '../quantisation/read-quantised.js';
import type { WeightTensor } from '../safetensors/types.js';
import { readSeq2SeqWeights } from '../seq2seq/read-seq2seq.js';
import { isSeq2Seq } from '../seq2seq/seq2seq-families.js';
import { compareTensors } from './compare-tensors.js';
import { readWeightFiles } from './read-weight-files.js';
import { haveSameBytes } from './same-bytes.js';

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
 * copy of a tied output layer. If that is no copy, it is an output layer of its own, whatever the config says, as in
 * transformers 5.
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `CHECKPOINT_TENSORS_MISMATCH`, `MODEL_…`, `SAFETENSORS_…`
 */
export async function readCheckpoint(dir: string): Promise<Checkpoint> {
  const read = await readModelConfig(dir);
  if (isSeq2Seq(read)) return readSeq2SeqWeights(dir, read);
  const family = familyOf(read);
  const names = new Set(modelParameters(read).map(({ name }) => name));
  const head = `${family.outputLayer ?? 'lm_head'}.weight`;
  const found = new Map<string, WeightTensor>();
  for (const [name, tensor] of await readWeightFiles(dir)) {
    if (family.ignoredTensors.test(name)) continue;
    const prefixed = `${family.baseModelPrefix}${name}`;
    const key = !names.has(name) && names.has(prefixed) ? prefixed : name;
    found.set(name === head || name === 'lm_head.weight' ? head : key, tensor);
  }
  const tokens = `${family.layout(read).tokens.name}.weight`;
  const config = read.tiedHead ? await tieHead(read, found, tokens, head) : read;
  const parameters = modelParameters(config);
  turnQuantised(found, linearModules(config));
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, parameters, found);
  return { dir, config, tensors: new Map(parameters.map(({ name }) => [name, found.get(name)!])) };
}

/** Takes the stored copy of a tied output layer out of what was found, or says in the config that it is none. */
async function tieHead(
  config: ModelConfig,
  found: Map<string, WeightTensor>,
  tokens: string,
  head: string,
): Promise<ModelConfig> {
  const [embedding, own] = [found.get(tokens), found.get(head)];
  if (own === undefined) return config;
  if (embedding !== undefined && !(await haveSameBytes(embedding, own))) {
    return { ...config, tiedHead: false, raw: { ...config.raw, tie_word_embeddings: false } };
  }
  found.delete(head);
  if (embedding === undefined) found.set(tokens, own);
  return config;
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
