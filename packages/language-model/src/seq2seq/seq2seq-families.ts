import { LanguageModelError } from '../errors.js';
import type { Seq2SeqFamilySpec } from './seq2seq-family.js';
import { t5 } from './t5.js';

/** The encoder-decoder families. To add one: a file beside these, a line here, a fixture of `conformance/seq2seq.py`. */
export const SEQ2SEQ_FAMILIES = { t5 } as const satisfies Record<string, Seq2SeqFamilySpec>;

export type Seq2SeqFamilyName = keyof typeof SEQ2SEQ_FAMILIES;

/** Whether a config describes an encoder-decoder. */
export function isSeq2Seq(config: { readonly encoderDecoder?: unknown }): boolean {
  return config.encoderDecoder !== undefined;
}

/**
 * The family an encoder-decoder's config came from.
 * @throws {LanguageModelError} `MODEL_KIND_MISMATCH` for another kind of model
 */
export function seq2seqFamilyOf(config: {
  readonly family: string;
  readonly architecture: string;
  readonly encoderDecoder?: unknown;
}): Seq2SeqFamilySpec {
  if (isSeq2Seq(config) && Object.hasOwn(SEQ2SEQ_FAMILIES, config.family)) {
    return SEQ2SEQ_FAMILIES[config.family as Seq2SeqFamilyName];
  }
  throw new LanguageModelError('MODEL_KIND_MISMATCH', {
    what: 'This works with encoder-decoder models only.',
    why: `${config.architecture} has no encoder beside its decoder.`,
    fix: 'Use a model such as T5, or the function for causal models.',
  });
}
