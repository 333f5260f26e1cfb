import type { GraphBuilder, TensorPart, Value } from '@flanlab/onnx-graph';
import { sizeOf } from '../graph/attention.js';
import { dropoutAt, type ModelDropout } from '../graph/model-dropout.js';
import type { ModelConfig } from '../model-config.js';

/**
 * Where T5 drops while it learns: token vectors that enter a stack, the weights and the result of each attention, the inner and the
 * outer side of each feed-forward part, and what leaves the stack. @see huggingface/transformers models/t5/modeling_t5.py
 */
const SITES = ['tokens', 'final', 'selfWeights', 'self', 'crossWeights', 'cross', 'inner', 'feedForward'] as const;

export type DropoutSite = (typeof SITES)[number];

export type Drop = (g: GraphBuilder, x: Value, part?: TensorPart) => Value;

/** What a stack drops at a site of a layer (`tokens` and `final` count to layer 0); undefined for one that drops nothing. */
export type StackDropout = (site: DropoutSite, layer: number) => Drop | undefined;

const MOST_LAYERS = 2 ** 12;

/** @param ids (B, T), the stack's tokens. @param readIds (B, S), the tokens that a decoder looks at */
export function stackDropout(
  g: GraphBuilder,
  config: ModelConfig,
  dropout: ModelDropout | undefined,
  ids: Value,
  readIds?: Value,
): StackDropout {
  if (dropout === undefined) return () => undefined;
  const first = readIds === undefined ? 0 : MOST_LAYERS;
  const layers = readIds === undefined ? config.layers : config.encoderDecoder!.decoderLayers;
  const placeOf = (site: DropoutSite, layer: number): number => (first + layer) * SITES.length + SITES.indexOf(site);
  const rows = g.op.size(ids);
  const ofHeads = g.op.mul(rows, config.heads);
  const number = (value: number): Value => g.constant('int64', value);
  const groups: readonly (readonly [readonly DropoutSite[], rows: Value, columns: Value])[] = [
    [['tokens', 'final', 'self', 'cross', 'feedForward'], rows, number(config.width)],
    [['inner'], rows, number(config.innerWidth)],
    [['selfWeights'], ofHeads, sizeOf(g, ids, 1)],
    ...(readIds === undefined ? [] : [[['crossWeights'], ofHeads, sizeOf(g, readIds, 1)] as const]),
  ];
  const drops = groups.map(([sites, height, columns]) => {
    const places = sites.flatMap((site) => Array.from({ length: layers }, (_, layer) => placeOf(site, layer)));
    return { sites, drop: dropoutAt(g, dropout, places, { rows: height, columns }) };
  });
  return (site, layer) => {
    const { drop } = drops.find(({ sites }) => sites.includes(site))!;
    return (b, x, part) => drop(b, x, placeOf(site, layer), part);
  };
}
