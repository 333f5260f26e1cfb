import { compareTensors } from '../checkpoint/compare-tensors.js';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { readWeightFiles } from '../checkpoint/read-weight-files.js';
import { haveSameBytes } from '../checkpoint/same-bytes.js';
import type { ModelConfig } from '../model-config.js';
import type { WeightTensor } from '../safetensors/types.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import { seq2seqParameters } from './seq2seq-parameters.js';

const HEAD = 'lm_head.weight';

/**
 * The weights of an encoder-decoder's folder. The token embedding may be stored under any of its names, and several
 * times. Whether the output layer is the embedding or a layer of its own is decided by the weights, as in transformers 5:
 * one that is not stored is the embedding, and learns with it, and so is one that is stored with the same values where
 * the config says so.
 * @throws {LanguageModelError} `CHECKPOINT_…`, `SAFETENSORS_…`
 */
export async function readSeq2SeqWeights(dir: string, read: ModelConfig): Promise<Checkpoint> {
  const family = seq2seqFamilyOf(read);
  const stored = await readWeightFiles(dir);
  const embedding = `${family.layout(read).tokens.name}.weight`;
  const names = [embedding, ...family.tokenAliases, HEAD];
  const tokens = names.map((name) => stored.get(name)).find((tensor) => tensor !== undefined);
  const head = stored.get(HEAD);
  const tiedHead =
    tokens !== undefined && (head === undefined || (read.tiedHead && (await haveSameBytes(head, tokens))));
  const config = { ...read, tiedHead };
  const parameters = seq2seqParameters(config);
  const found = new Map<string, WeightTensor>();
  for (const [name, tensor] of stored) {
    const isCopy = family.tokenAliases.includes(name) || (tiedHead && name === HEAD);
    if (!isCopy && !family.ignoredTensors.test(name)) found.set(name, tensor);
  }
  if (tokens !== undefined) found.set(embedding, tokens);
  compareTensors('CHECKPOINT_TENSORS_MISMATCH', dir, parameters, found);
  return { dir, config, tensors: new Map(parameters.map(({ name }) => [name, found.get(name)!])) };
}
