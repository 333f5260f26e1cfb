/** Weight of each token id. */
export type TokenWeight = (id: number) => number;

/**
 * Inverse document frequency over the references of one call: ln((M + 1) / (df + 1)) for M references, each of which
 * counts once per distinct id; ids in no reference weigh ln(M + 1). Special tokens are in every reference: weight 0.
 * @see Tiiiger/bert_score v0.3.13 `utils.py`, `get_idf_dict`
 */
export function inverseDocumentFrequency(references: readonly Int32Array[]): TokenWeight {
  const documents = new Map<number, number>();
  for (const ids of references) {
    for (const id of new Set(ids)) documents.set(id, (documents.get(id) ?? 0) + 1);
  }
  const M = references.length;
  return (id) => Math.log((M + 1) / ((documents.get(id) ?? 0) + 1));
}

/** Every token weighs 1, except the special tokens that open and close a text: 0. They can still be matched. */
export function uniformWeight(specialIds: readonly number[]): TokenWeight {
  const special = new Set(specialIds);
  return (id) => (special.has(id) ? 0 : 1);
}
