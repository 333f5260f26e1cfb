import { nearest, problemList } from '@flanlab/errors';
import { LanguageModelError } from '../errors.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import { SEQ2SEQ_FAMILIES } from '../seq2seq/seq2seq-families.js';
import type { Seq2SeqFamilySpec } from '../seq2seq/seq2seq-family.js';
import { ConfigReader } from './config-reader.js';
import { FAMILIES } from './families.js';
import type { FamilySpec } from './family.js';

/**
 * Reads a config.json of a causal model or an encoder-decoder. Absent fields take the defaults of `transformers`; fields whose feature is
 * not supported are refused rather than ignored.
 * @param path named in errors
 * @throws {LanguageModelError} `MODEL_ARCHITECTURE_UNKNOWN`, or `MODEL_CONFIG_INVALID` with every problem at once
 */
export function parseModelConfig(raw: unknown, path = 'config.json'): ModelConfig {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw invalidConfig(path, '\n    (top level): must be a JSON object');
  }
  const { name, family } = findFamily(raw as JsonObject, path);
  const asWritten = raw as JsonObject;
  const json = 'modernise' in family ? (family.modernise?.(asWritten) ?? asWritten) : asWritten;
  const named = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  const architecture = typeof named === 'string' ? named : family.architectures[0];
  const reader = new ConfigReader(json);
  const fields = family.config(reader);
  checkModelType(reader, family);
  if (name in FAMILIES) reader.refuse('is_causal', (value) => value === true, 'must be true');
  reader.refuse('per_layer_config', (value) => isEmpty(value), 'holds fields of single layers, which are not read');
  const eos = json.eos_token_id;
  const ids = { bosId: json.bos_token_id, padId: json.pad_token_id };
  for (const [key, id] of Object.entries({ ...ids, eosId: Array.isArray(eos) ? undefined : eos })) {
    if (id !== undefined && id !== null && !Number.isSafeInteger(id)) reader.fail(key, 'must be a token id', undefined);
  }
  if (reader.problems.length > 0) throw invalidConfig(path, problemList(reader.problems));
  return {
    family: name,
    architecture,
    ...fields,
    ...(typeof ids.bosId === 'number' ? { bosId: ids.bosId } : {}),
    eosIds: (Array.isArray(eos) ? eos : [eos]).filter((id): id is number => Number.isSafeInteger(id)),
    ...(typeof ids.padId === 'number' ? { padId: ids.padId } : {}),
    raw: json,
  };
}

/** transformers goes by the type, we go by the architecture: a file that names two models is neither. */
function checkModelType(reader: ConfigReader, { modelType }: AnyFamily): void {
  const message = `must be "${modelType}", the type of the architecture that the file names`;
  reader.refuse('model_type', (value) => value === modelType, message);
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value ?? {}).length === 0;

type AnyFamily = FamilySpec | Seq2SeqFamilySpec;

function findFamily(raw: JsonObject, path: string): { name: string; family: AnyFamily } {
  const families: [string, AnyFamily][] = Object.entries({ ...FAMILIES, ...SEQ2SEQ_FAMILIES });
  const named = Array.isArray(raw.architectures) ? raw.architectures[0] : undefined;
  const wanted = typeof named === 'string' ? named : raw.model_type;
  for (const [name, family] of families) {
    const matches = named === undefined ? family.modelType === wanted : family.architectures.includes(named);
    if (matches) return { name, family };
  }
  const known = families.flatMap(([, { architectures, modelType }]) => (named ? architectures : [modelType]));
  const near = typeof wanted === 'string' ? nearestArchitecture(wanted, known) : undefined;
  throw new LanguageModelError('MODEL_ARCHITECTURE_UNKNOWN', {
    what: `The model of "${path}" cannot be built.`,
    why: `Its architecture is ${JSON.stringify(wanted) ?? 'not named'}; known are ${known.join(', ')}.`,
    fix: `${near ? `Did you mean ${near}? If not, use` : 'Use'} a checkpoint of one of these, or add its family (see the README).`,
  });
}

/** A name with a slip of the pen; what all names end in does not make two of them alike. */
function nearestArchitecture(wanted: string, known: readonly string[]): string | undefined {
  const begin = (name: string): string => name.replace(/(ForCausalLM|LMHeadModel|ForConditionalGeneration)$/u, '');
  const near = nearest(begin(wanted), known.map(begin));
  return known.find((name) => begin(name) === near);
}

function invalidConfig(path: string, problems: string): LanguageModelError {
  return new LanguageModelError('MODEL_CONFIG_INVALID', {
    what: `"${path}" does not describe a model that can be built.`,
    why: `Problems:${problems}`,
    fix: 'Mend these fields, or use another checkpoint.',
  });
}
