import type { EmbeddingSpec, LinearSpec, NormSpec } from '../families/family.js';
import type { LinearModule, ParameterSpec } from '../families/parameters.js';
import type { ModelConfig } from '../model-config.js';
import { encoderFamilyOf } from './encoder-families.js';
import type { EncoderBlockLayout } from './encoder-family.js';

/** All parameters of an encoder with its masked-language-model head, in the order of the forward pass. */
export function encoderParameters(config: ModelConfig): readonly ParameterSpec[] {
  return [...bareEncoderParameters(config, config.layers), ...maskedHeadParameters(config)];
}

/** The parameters that the hidden states after `layers` layers depend on. */
export function bareEncoderParameters(config: ModelConfig, layers: number): readonly ParameterSpec[] {
  const layout = encoderFamilyOf(config).layout(config);
  const embeddings = [layout.tokens, layout.positions, ...(layout.types ? [layout.types] : [])];
  return [
    ...embeddings.map((embedding) => embeddingParameter(embedding, config.width)),
    ...normParameters(layout.embeddingNorm, config.width),
    ...layout.blocks
      .slice(0, layers)
      .flatMap((block) => [
        ...[block.query, block.key, block.value, block.attentionOutput].flatMap(linearParameters),
        ...normParameters(block.attentionNorm, config.width),
        ...[block.up, block.down].flatMap(linearParameters),
        ...normParameters(block.outputNorm, config.width),
      ]),
  ];
}

function maskedHeadParameters(config: ModelConfig): readonly ParameterSpec[] {
  const { transform, norm, bias } = encoderFamilyOf(config).layout(config).head;
  return [
    ...linearParameters(transform),
    ...normParameters(norm, config.width),
    { name: bias, shape: [config.vocabularySize], initialisation: 'zeros' },
  ];
}

/** Every linear layer of the blocks, in the order of the forward pass, as LoRA sees them. */
export function encoderLinearModules(config: ModelConfig): readonly LinearModule[] {
  const modules = ({ query, key, value, attentionOutput, up, down }: EncoderBlockLayout): LinearSpec[] => [
    query,
    key,
    value,
    attentionOutput,
    up,
    down,
  ];
  return encoderFamilyOf(config)
    .layout(config)
    .blocks.flatMap(modules)
    .map(({ name, in: from, out, transposed }) => ({ name, in: from, out, transposed }));
}

function embeddingParameter({ name, rows, deviation }: EmbeddingSpec, width: number): ParameterSpec {
  return { name: `${name}.weight`, shape: [rows, width], initialisation: { normal: deviation } };
}

function linearParameters({ name, in: from, out, deviation }: LinearSpec): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [out, from], initialisation: { normal: deviation } },
    { name: `${name}.bias`, shape: [out], initialisation: 'zeros' },
  ];
}

function normParameters({ name }: NormSpec, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initialisation: 'ones' },
    { name: `${name}.bias`, shape: [width], initialisation: 'zeros' },
  ];
}
