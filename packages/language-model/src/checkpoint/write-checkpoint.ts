import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, writeFolderAtomic, writeJson } from '@flanlab/files';
import { anyParameters, modelTypeOf } from '../encoder/any-parameters.js';
import type { JsonObject, ModelConfig } from '../model-config.js';
import { type WritableTensor, writeSafetensors } from '../safetensors/write-safetensors.js';
import { isSeq2Seq, seq2seqFamilyOf } from '../seq2seq/seq2seq-families.js';
import { compareTensors } from './compare-tensors.js';

/** The files of a folder that belong to the tokenizer. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'chat_template.jinja',
] as const;

export interface CheckpointContent {
  readonly config: ModelConfig;
  /** Exactly the parameters of the config. */
  readonly tensors: ReadonlyMap<string, WritableTensor>;
  /** Type of the weights, which config.json names; float32 when left out. The tensors must have it. */
  readonly dtype?: 'float32' | 'float16' | 'bfloat16';
  /** Folder whose tokenizer files and generation_config.json are copied. */
  readonly tokenizerFrom?: string;
  /** Files to add, by name: objects become JSON. They replace copied ones. */
  readonly files?: Readonly<Record<string, JsonObject>>;
}

/**
 * Writes a model folder that `transformers` loads: config.json, model.safetensors, generation_config.json and the
 * tokenizer's files. Atomic: the folder appears complete or not at all; an existing one is replaced.
 * @throws {LanguageModelError} `CHECKPOINT_TENSORS_MISMATCH`, `SAFETENSORS_WRITE_INVALID`
 * @throws {FilesError} where the disk refuses
 */
export async function writeCheckpoint(dir: string, content: CheckpointContent): Promise<void> {
  const { config, tensors, dtype = 'float32', tokenizerFrom, files = {} } = content;
  const shapes = new Map(
    [...tensors].map(([name, tensor]) => [name, { shape: 'dims' in tensor ? tensor.dims : tensor.shape }]),
  );
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, anyParameters(config), shapes);
  await writeFolderAtomic(
    dir,
    async (temporary) => {
      await writeJson(join(temporary, 'config.json'), configJson(config, dtype));
      await writeJson(join(temporary, 'generation_config.json'), generationConfig(config));
      if (tokenizerFrom !== undefined) await copyTokenizer(tokenizerFrom, temporary);
      for (const [name, value] of Object.entries(files)) await writeJson(join(temporary, name), value);
      await writeSafetensors(join(temporary, 'model.safetensors'), tensors);
    },
    { replace: true },
  );
}

/** Copies the tokenizer of one model folder into another, and nothing that is not there. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of [...TOKENIZER_FILES, 'generation_config.json']) {
    if (await exists(join(from, name))) await copyFile(join(from, name), join(to, name));
  }
}

/** The config as it was read, with what loaders need to find the family and the type of the weights. */
function configJson(config: ModelConfig, dtype: string): JsonObject {
  const { torch_dtype: _old, dtype: _new, quantization_config: _quantised, ...raw } = config.raw;
  // Both spellings: transformers 5 reads `dtype`, older ones and other tools `torch_dtype`.
  const fields = Object.entries(raw).filter(([name, value]) => !isWholeFloat(config, name, value));
  return {
    ...Object.fromEntries(fields),
    architectures: [config.architecture],
    model_type: modelTypeOf(config),
    dtype,
    torch_dtype: dtype,
  };
}

/**
 * Whether transformers 5 would refuse the field: it wants `1.0` where JSON of JavaScript has `1`. Such fields only say how
 * fresh weights are made.
 */
function isWholeFloat(config: ModelConfig, name: string, value: unknown): boolean {
  return isSeq2Seq(config) && seq2seqFamilyOf(config).floatFields.includes(name) && Number.isInteger(value);
}

function generationConfig({ bosId, eosIds, padId, encoderDecoder }: ModelConfig): JsonObject {
  return {
    _from_model_config: true,
    ...(bosId === undefined ? {} : { bos_token_id: bosId }),
    ...(eosIds.length === 0 ? {} : { eos_token_id: eosIds.length === 1 ? eosIds[0] : eosIds }),
    ...(padId === undefined ? {} : { pad_token_id: padId }),
    ...(encoderDecoder === undefined ? {} : { decoder_start_token_id: encoderDecoder.startId }),
  };
}
