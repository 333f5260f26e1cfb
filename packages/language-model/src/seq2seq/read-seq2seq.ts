import { compareTensors } from '../checkpoint/compare-tensors.js';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { readWeightFiles } from '../checkpoint/read-weight-files.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import { seq2seqParameters } from './seq2seq-parameters.js';

/**
 * The weights of an encoder-decoder's folder. The token embedding may be stored under any of its names, and several
 * times. An output layer of its own that is not stored is a copy of the embedding: transformers 5 leaves it out where
 * the two are equal.
 * @throws {LanguageModelError} `CHECKPOINT_…`, `SAFETENSORS_…`
 */
export async function readSeq2SeqWeights(dir: string, config: ModelConfig): Promise<Checkpoint> {
  const family = seq2seqFamilyOf(config);
  const { tokens, head } = family.layout(config);
  const parameters = seq2seqParameters(config);
  const found = new Map<string, WeightTensor>();
  const embedding = `${tokens.name}.weight`;
  const stored = await readWeightFiles(dir);
  for (const [name, tensor] of stored) {
    const isCopy = family.tokenAliases.includes(name) || (config.tiedHead && name === 'lm_head.weight');
    if (!isCopy && !family.ignoredTensors.test(name)) found.set(name, tensor);
  }
  const aliases = [...family.tokenAliases, ...(config.tiedHead ? ['lm_head.weight'] : [])];
  const alias = aliases.find((name) => stored.has(name));
  if (!found.has(embedding) && alias !== undefined) found.set(embedding, stored.get(alias)!);
  const shared = found.get(embedding);
  if (head && shared && !found.has(`${head.name}.weight`)) found.set(`${head.name}.weight`, shared);
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, parameters, found);
  return { dir, config, tensors: new Map(parameters.map(({ name }) => [name, found.get(name)!])) };
}
