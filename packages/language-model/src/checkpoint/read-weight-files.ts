import { basename, join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { LanguageModelError } from '../errors.js';
import { readQuantised } from '../quantisation/read-quantised.js';
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
    throw new LanguageModelError('CHECKPOINT_FILE_MISSING', {
      what: `"${dir}" holds no weights.`,
      why: `It has neither ${SINGLE} nor ${INDEX}.`,
      fix: 'Convert other formats with save_pretrained of transformers, which writes safetensors.',
    });
  }
  const weightMap = parseIndex(indexPath, await readJson(indexPath));
  const tensors = new Map<string, WeightTensor>();
  for (const file of [...new Set(weightMap.values())].sort()) {
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
