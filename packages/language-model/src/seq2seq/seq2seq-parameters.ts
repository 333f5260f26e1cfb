import type { LinearSpec, NormSpec } from '../families/family.js';
import type { LinearModule, ParameterSpec } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { seq2seqFamilyOf } from './seq2seq-families.js';
import type { AttentionLayout, DecoderStackBlock, EncoderStackBlock, StackLayout } from './seq2seq-family.js';

/** All parameters of an encoder-decoder in the order of the forward pass; embeddings and a tied output layer once. */
export function seq2seqParameters(config: ModelConfig): readonly ParameterSpec[] {
  const { tokens, encoder, decoder, head } = seq2seqFamilyOf(config).layout(config);
  const norm = ({ name }: NormSpec): ParameterSpec => ({
    name: `${name}.weight`,
    shape: [config.width],
    initialisation: 'ones',
  });
  const linear = ({ name, in: from, out, deviation }: LinearSpec): ParameterSpec => ({
    name: `${name}.weight`,
    shape: [out, from],
    initialisation: { normal: deviation },
  });
  const table = (name: string, shape: readonly number[], deviation: number): ParameterSpec => ({
    name: `${name}.weight`,
    shape,
    initialisation: { normal: deviation },
  });
  const stack = (
    { positionBias, blocks, finalNorm }: StackLayout<EncoderStackBlock>,
    cross: (block: number) => readonly ParameterSpec[],
  ): ParameterSpec[] => [
    table(positionBias.name, [positionBias.rows, config.heads], positionBias.deviation),
    ...blocks.flatMap((block, n) => [
      norm(block.selfNorm),
      ...attentionLinears(block.self).map(linear),
      ...cross(n),
      norm(block.feedForwardNorm),
      ...feedForwardLinears(block).map(linear),
    ]),
    norm(finalNorm),
  ];
  return [
    table(tokens.name, [tokens.rows, config.width], tokens.deviation),
    ...stack(encoder, () => []),
    ...stack(decoder, (n) => {
      const { crossNorm, cross } = decoder.blocks[n]!;
      return [norm(crossNorm), ...attentionLinears(cross).map(linear)];
    }),
    ...(head ? [linear(head)] : []),
  ];
}

/** Every linear layer of both stacks, in the order of the forward pass; the output layer is left out, as PEFT does. */
export function seq2seqLinearModules(config: ModelConfig): readonly LinearModule[] {
  const { encoder, decoder } = seq2seqFamilyOf(config).layout(config);
  const ofDecoder = ({ self, cross, ...block }: DecoderStackBlock): readonly LinearSpec[] => [
    ...attentionLinears(self),
    ...attentionLinears(cross),
    ...feedForwardLinears(block),
  ];
  return [
    ...encoder.blocks.flatMap((block) => [...attentionLinears(block.self), ...feedForwardLinears(block)]),
    ...decoder.blocks.flatMap(ofDecoder),
  ].map(({ name, in: from, out, transposed }) => ({ name, in: from, out, transposed }));
}

/** The output layer; nothing where that is the token embedding. */
export function seq2seqHeadModule(config: ModelConfig): LinearModule | undefined {
  return seq2seqFamilyOf(config).layout(config).head;
}

function attentionLinears({ query, key, value, output }: AttentionLayout): readonly LinearSpec[] {
  return [query, key, value, output];
}

function feedForwardLinears(block: Pick<EncoderStackBlock, 'gate' | 'up' | 'down'>): readonly LinearSpec[] {
  return [...(block.gate ? [block.gate] : []), block.up, block.down];
}
