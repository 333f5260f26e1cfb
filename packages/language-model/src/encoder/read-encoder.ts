import { join } from 'node:path';
import { nearest, problemList } from '@flanlab/errors';
import { exists, readJson } from '@flanlab/files';
import { compareTensors } from '../checkpoint/compare-tensors.js';
import { readWeightFiles } from '../checkpoint/read-weight-files.js';
import { LanguageModelError } from '../errors.js';
import { ConfigReader } from '../families/config-reader.js';
import type { ParameterSpec } from '../families/parameters.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import { ENCODER_FAMILIES, encoderFamilyOf } from './encoder-families.js';
import type { EncoderFamilySpec } from './encoder-family.js';
import { bareEncoderParameters, encoderParameters } from './encoder-parameters.js';

/** An encoder folder whose config and tensor list have been checked; values are read when asked. */
export interface EncoderCheckpoint {
  readonly dir: string;
  readonly config: ModelConfig;
  /** The parameters asked for, by name with the family's prefix, in the order of the forward pass. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

export interface ReadEncoderOptions {
  /** Number of layers wanted; all, when left out. */
  readonly layers?: number;
  /** Whether the masked-language-model head must be there too. */
  readonly head?: boolean;
}

/**
 * Reads a Hugging Face folder of an encoder. Names may have the family's prefix (`bert.`) or not; poolers and heads that
 * are not asked for may be there; `LayerNorm.gamma` and `.beta` of old folders are `weight` and `bias`.
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `CHECKPOINT_TENSORS_MISMATCH`, `MODEL_…`, `SAFETENSORS_…`
 */
export async function readEncoderCheckpoint(
  dir: string,
  { layers, head = false }: ReadEncoderOptions = {},
): Promise<EncoderCheckpoint> {
  const config = await readEncoderConfig(dir);
  const { baseModelPrefix } = encoderFamilyOf(config);
  const wanted = head ? encoderParameters(config) : bareEncoderParameters(config, layers ?? config.layers);
  const found = new Map<string, WeightTensor>();
  const names = new Map<string, ParameterSpec>(wanted.map((parameter) => [parameter.name, parameter]));
  for (const [stored, tensor] of await readWeightFiles(dir)) {
    const name = stored.replace(/\.gamma$/u, '.weight').replace(/\.beta$/u, '.bias');
    const key = names.has(name) ? name : `${baseModelPrefix}${name}`;
    if (names.has(key)) found.set(key, tensor);
  }
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, wanted, found);
  return { dir, config, tensors: new Map(wanted.map(({ name }) => [name, found.get(name)!])) };
}

async function readEncoderConfig(dir: string): Promise<ModelConfig> {
  const path = join(dir, 'config.json');
  if (await exists(path)) return parseEncoderConfig(await readJson(path), path);
  throw new LanguageModelError('CHECKPOINT_FILE_MISSING', {
    what: `"${dir}" is no model folder.`,
    why: 'It has no readable config.json.',
    fix: 'Give the folder of an encoder: config.json, model.safetensors and tokenizer.json.',
  });
}

/**
 * Reads a config.json of an encoder. Absent fields take the defaults of `transformers`.
 * @throws {LanguageModelError} `MODEL_ARCHITECTURE_UNKNOWN`, or `MODEL_CONFIG_INVALID` with every problem at once
 */
export function parseEncoderConfig(raw: unknown, path = 'config.json'): ModelConfig {
  const json: JsonObject = typeof raw === 'object' && raw !== null ? (raw as JsonObject) : {};
  const [name, family] = findFamily(json, path);
  const reader = new ConfigReader(json);
  const fields = family.config(reader);
  if (reader.problems.length > 0) {
    throw new LanguageModelError('MODEL_CONFIG_INVALID', {
      what: `"${path}" does not describe a model that can be built.`,
      why: `Problems:${problemList(reader.problems)}`,
      fix: 'Mend these fields, or use another checkpoint.',
    });
  }
  const architecture = architectureOf(json) ?? family.architectures[0];
  const padId = json.pad_token_id;
  return {
    family: name,
    architecture,
    ...fields,
    eosIds: [],
    ...(typeof padId === 'number' ? { padId } : {}),
    raw: json,
  };
}

function architectureOf(json: JsonObject): string | undefined {
  const named: unknown = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  return typeof named === 'string' ? named : undefined;
}

function findFamily(json: JsonObject, path: string): [string, EncoderFamilySpec] {
  const families: [string, EncoderFamilySpec][] = Object.entries(ENCODER_FAMILIES);
  const modelType = json.model_type;
  const match =
    typeof modelType === 'string'
      ? families.find(([, family]) => family.modelType === modelType)
      : families.find(([, family]) => family.architectures.includes(architectureOf(json) ?? ''));
  if (match) return match;
  const wanted = typeof modelType === 'string' ? modelType : architectureOf(json);
  const near = wanted === undefined ? undefined : nearest(wanted, Object.keys(ENCODER_FAMILIES));
  throw new LanguageModelError('MODEL_ARCHITECTURE_UNKNOWN', {
    what: `The encoder of "${path}" cannot be built.`,
    why: `Its model_type is ${JSON.stringify(modelType) ?? 'not named'}; known are ${Object.keys(ENCODER_FAMILIES).join(', ')}.`,
    fix: near ? `Did you mean ${near}?` : 'Use a BERT-like folder, or add its family (see the README).',
  });
}
