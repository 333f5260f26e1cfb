import type { Baseline } from './baseline.js';

/** The release of bert_score whose numbers we reproduce; package 0.3.13 calls itself 0.3.12. */
const REPRODUCED_VERSION = '0.3.12';
/** Kept equal to package.json by a test. */
export const PACKAGE_VERSION = '0.1.0';

export interface SignatureParts {
  readonly model: string;
  readonly layer: number;
  readonly idf: boolean;
  readonly baseline?: Baseline;
}

/**
 * Says how a score was made, in bert_score's own form, with our version where it names that of `transformers`:
 * `roberta-large_L17_no-idf_version=0.3.12(flanlab=0.1.0)-rescaled_fast-tokenizer`. Scores with different signatures
 * do not compare.
 */
export function bertScoreSignature({ model, layer, idf, baseline }: SignatureParts): string {
  const weighting = idf ? 'idf' : 'no-idf';
  const rescaled = baseline === undefined ? '' : baseline.custom ? '-custom-rescaled' : '-rescaled';
  // tokenizer.json is what bert_score calls the fast tokenizer.
  return `${model}_L${layer}_${weighting}_version=${REPRODUCED_VERSION}(flanlab=${PACKAGE_VERSION})${rescaled}_fast-tokenizer`;
}
