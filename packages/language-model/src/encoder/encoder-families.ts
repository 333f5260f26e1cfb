import { bert, roberta } from './bert.js';
import { distilbert } from './distilbert.js';
import type { EncoderFamilySpec } from './encoder-family.js';

/** The encoder families. To add one: a file beside these, a line here, a fixture of `conformance/encoder.py`. */
export const ENCODER_FAMILIES = { bert, distilbert, roberta } as const satisfies Record<string, EncoderFamilySpec>;

export type EncoderFamilyName = keyof typeof ENCODER_FAMILIES;

/** The family an encoder's config came from, or `undefined` for a causal model. */
export function findEncoderFamily(config: { readonly family: string }): EncoderFamilySpec | undefined {
  return Object.hasOwn(ENCODER_FAMILIES, config.family)
    ? ENCODER_FAMILIES[config.family as EncoderFamilyName]
    : undefined;
}

/** The family an encoder's config came from. */
export function encoderFamilyOf(config: { readonly family: string }): EncoderFamilySpec {
  const family = findEncoderFamily(config);
  if (!family) throw new RangeError(`No encoder family "${config.family}".`);
  return family;
}
