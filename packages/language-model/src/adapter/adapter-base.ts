import { createHash } from 'node:crypto';
import { LanguageModelError } from '../errors.js';
import type { WeightTensor } from '../safetensors/types.js';
import type { Adapter } from './adapter.js';

/** The key of an adapter's metadata that holds {@link hashWeights} of the model it was trained on. */
export const ADAPTER_BASE_KEY = 'base_sha256';

/** SHA-256 over names and float32 values of weights, in their order: the same for a float16 copy only if it is exact. */
export async function hashWeights(
  tensors: Iterable<readonly [string, Pick<WeightTensor, 'float32'>]>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, tensor] of tensors) hash.update(name).update(await tensor.float32());
  return hash.digest('hex');
}

/**
 * Refuses an adapter on another model than it was trained on: it would load, and write fluent nonsense. Adapters of
 * other tools name no hash and pass, unless they hold a copy of a base weight that has other values.
 * @throws {LanguageModelError} `ADAPTER_BASE_MISMATCH`
 */
export async function checkAdapterBase(
  checkpoint: { readonly dir: string; readonly tensors: ReadonlyMap<string, WeightTensor> },
  adapter: Pick<Adapter, 'dir' | 'metadata' | 'baseCopies'>,
): Promise<void> {
  for (const [name, copy] of adapter.baseCopies) {
    const [own, stored] = [await checkpoint.tensors.get(name)!.float32(), await copy.float32()];
    if (own.length === stored.length && own.every((x, i) => x === stored[i])) continue;
    throw mismatch(checkpoint, adapter, `It holds a copy of ${name}, and the model's own has other values.`);
  }
  const expected = adapter.metadata[ADAPTER_BASE_KEY];
  if (expected === undefined) return;
  const actual = await hashWeights(checkpoint.tensors);
  if (actual === expected) return;
  const why = `It was trained on weights with the hash ${expected.slice(0, 12)}…; these have ${actual.slice(0, 12)}….`;
  throw mismatch(checkpoint, adapter, why);
}

function mismatch(checkpoint: { readonly dir: string }, adapter: { readonly dir: string }, why: string): Error {
  return new LanguageModelError('ADAPTER_BASE_MISMATCH', {
    what: `The adapter "${adapter.dir}" belongs to another model than "${checkpoint.dir}".`,
    why,
    fix: 'Give the model folder that the adapter was trained on, unchanged.',
  });
}
