import type { FamilySpec } from './family.js';
import { gpt2 } from './gpt2.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { qwen2 } from './qwen2.js';

/** The causal families. To add one: a file beside these, a line here, a fixture of `conformance/language_model.py`. */
export const FAMILIES = { gpt2, llama, mistral, qwen2 } as const satisfies Record<string, FamilySpec>;

export type FamilyName = keyof typeof FAMILIES;

/** The family a config came from. */
export function familyOf(config: { readonly family: string }): FamilySpec {
  const family = (FAMILIES as Readonly<Record<string, FamilySpec>>)[config.family];
  if (!family) throw new RangeError(`No causal family "${config.family}".`);
  return family;
}
