export type Stack = 'encoder' | 'decoder';

/**
 * Where T5 drops while it learns: token vectors that enter a stack, the weights and the result of each attention, the inner and the
 * outer side of each feed-forward part, and what leaves the stack. @see huggingface/transformers models/t5/modeling_t5.py
 */
const SITES = ['tokens', 'final', 'selfWeights', 'self', 'crossWeights', 'cross', 'inner', 'feedForward'] as const;

export type DropoutSite = (typeof SITES)[number];

const MOST_LAYERS = 2 ** 12;

/** A number for each place of dropout in an encoder-decoder; those of a whole stack count to its layer 0. */
export function dropoutPlace(stack: Stack, layer: number, site: DropoutSite): number {
  return ((stack === 'encoder' ? 0 : MOST_LAYERS) + layer) * SITES.length + SITES.indexOf(site);
}
