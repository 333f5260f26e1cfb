import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { LanguageModelError } from '../errors.js';
import { readQuantised } from '../quantisation/read-quantised.js';
import { findDuplicateKey } from '../safetensors/duplicate-keys.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import type { WeightTensor } from '../safetensors/types.js';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * All weights of a model folder; what bitsandbytes saved in pieces is put together (`readQuantised`).
 * @throws {LanguageModelError} `CHECKPOINT_FILE_MISSING`, `CHECKPOINT_INDEX_INVALID`, `SAFETENSORS_…`, `QUANTISED_WEIGHT_INVALID`
 */
export async function readWeightFiles(dir: string): Promise<ReadonlyMap<string, WeightTensor>> {
  return readQuantised(await readStoredTensors(dir));
}

/**
 * All tensors of a model folder, from `model.safetensors` or from the shards its index names. Each tensor must lie in
 * the shard that the index says, and in no other.
 */
async function readStoredTensors(dir: string): Promise<ReadonlyMap<string, WeightTensor>> {
  if (await exists(join(dir, SINGLE))) return (await readSafetensors(join(dir, SINGLE))).tensors;
  const indexPath = join(dir, INDEX);
  if (!(await exists(indexPath))) {
    throw await noWeights(dir);
  }
  const weightMap = parseIndex(indexPath, await readJson(indexPath));
  const twice = findDuplicateKey(await readFile(indexPath, 'utf8'));
  if (twice !== undefined) throw invalidIndex(indexPath, `It names ${twice} twice.`);
  const shards = [...new Set(weightMap.values())].sort();
  await requireShards(dir, shards);
  const tensors = new Map<string, WeightTensor>();
  for (const file of shards) {
    for (const [name, tensor] of (await readSafetensors(join(dir, file))).tensors) {
      if (weightMap.get(name) !== file) {
        throw invalidIndex(
          indexPath,
          `"${file}" holds ${name}, which it places in ${weightMap.get(name) ?? 'no file'}.`,
        );
      }
      tensors.set(name, tensor);
    }
  }
  for (const [name, file] of weightMap) {
    if (!tensors.has(name)) throw invalidIndex(indexPath, `It places ${name} in "${file}", which does not hold it.`);
  }
  return tensors;
}

/** Weights in formats that are not read, the first that is found. */
const OTHER_FORMATS: readonly (readonly [files: RegExp, name: string])[] = [
  [
    /^pytorch_model.*\.bin$|^consolidated.*\.pth$|\.pt$/,
    'Pickle files of PyTorch, which can run any code when they are opened',
  ],
  [/\.gguf$/, 'GGUF'],
  [/^tf_model.*\.h5$/, 'TensorFlow'],
  [/^flax_model.*\.msgpack$/, 'Flax'],
  [/^adapter_model\.safetensors$/, 'an adapter, which changes another model'],
];

async function noWeights(dir: string): Promise<LanguageModelError> {
  const files = await readdir(dir).catch((): string[] => []);
  const found = OTHER_FORMATS.map(([pattern, name]) => [files.find((file) => pattern.test(file)), name] as const);
  const [file, format] = found.find(([other]) => other !== undefined) ?? [];
  const isAdapter = file?.startsWith('adapter_') ?? false;
  return new LanguageModelError('CHECKPOINT_FILE_MISSING', {
    what: `"${dir}" holds no weights that can be read.`,
    why: `It has neither ${SINGLE} nor ${INDEX}${file === undefined ? '' : `, but ${file}: ${format}`}.`,
    fix: isAdapter
      ? 'Give the folder of the base model, and this one as its adapter.'
      : 'Take a revision with safetensors files, or convert it once in Python: ' +
        'AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other) writes them.',
  });
}

async function requireShards(dir: string, shards: readonly string[]): Promise<void> {
  const there = await Promise.all(shards.map((file) => exists(join(dir, file))));
  const missing = shards.filter((_, i) => !there[i]);
  if (missing.length === 0) return;
  const named = missing.slice(0, 5).join(', ');
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  throw new LanguageModelError('CHECKPOINT_FILE_MISSING', {
    what: `"${dir}" does not hold all of its weights.`,
    why: `Of ${shards.length} files that ${INDEX} names, ${missing.length} are missing: ${named}${more}.`,
    fix: 'Download these files again, from the revision of the index.',
  });
}

function parseIndex(path: string, index: unknown): ReadonlyMap<string, string> {
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : undefined;
  if (typeof map !== 'object' || map === null) throw invalidIndex(path, 'It has no "weight_map" object.');
  for (const [name, file] of Object.entries(map)) {
    // A shard is a plain file name: an index from elsewhere must not reach out of the folder.
    if (typeof file !== 'string' || file !== basename(file) || !file.endsWith('.safetensors')) {
      throw invalidIndex(path, `It places ${name} in ${JSON.stringify(file)}, which is no name of a safetensors file.`);
    }
  }
  return new Map(Object.entries(map as Record<string, string>));
}

function invalidIndex(path: string, why: string): LanguageModelError {
  return new LanguageModelError('CHECKPOINT_INDEX_INVALID', {
    what: `"${path}" does not fit its shards.`,
    why,
    fix: 'Download the index and all shards again, from the same revision.',
  });
}
