import { LanguageModelError } from '../errors.js';
import { falcon } from './falcon.js';
import type { FamilySpec } from './family.js';
import { gptNeox } from './gpt-neox.js';
import { gpt2 } from './gpt2.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { opt } from './opt.js';
import { qwen2 } from './qwen2.js';

/** The causal families. To add one: a file beside these, a line here, a fixture of `conformance/language_model.py`. */
export const FAMILIES = { falcon, gpt2, gptNeox, llama, mistral, opt, qwen2 } as const satisfies Record<
  string,
  FamilySpec
>;

export type FamilyName = keyof typeof FAMILIES;

/**
 * The family a causal model's config came from.
 * @throws {LanguageModelError} `MODEL_KIND_MISMATCH` for another kind of model
 */
export function familyOf(config: { readonly family: string }): FamilySpec {
  const family = (FAMILIES as Readonly<Record<string, FamilySpec>>)[config.family];
  if (family) return family;
  throw new LanguageModelError('MODEL_KIND_MISMATCH', {
    what: 'This works with causal models only.',
    why: `A model of the family "${config.family}" is not one: it has an encoder.`,
    fix: `Use a model of ${Object.keys(FAMILIES).join(', ')}, or the function for encoders or encoder-decoders.`,
  });
}
