import type { ModelConfig } from '../model-config.js';
import { familyOf } from './families.js';
import type { Initialisation, LinearSpec, NormSpec } from './family.js';

/** One trainable tensor under its Hugging Face name. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialisation: Initialisation;
}

/** One linear layer, as LoRA sees it. The weight is (out, in), or (in, out) when `transposed`. */
export interface LinearModule {
  readonly name: string;
  readonly in: number;
  readonly out: number;
  readonly transposed: boolean;
}

/** All parameters in the order of the forward pass; a tied output layer is not repeated. */
export function modelParameters(config: ModelConfig): readonly ParameterSpec[] {
  const layout = familyOf(config).layout(config);
  const parameters: ParameterSpec[] = [];
  const add = (name: string, shape: readonly number[], initialisation: Initialisation): void => {
    parameters.push({ name, shape, initialisation });
  };
  const addNorm = ({ name, bias }: NormSpec): void => {
    add(`${name}.weight`, [config.width], 'ones');
    if (bias) add(`${name}.bias`, [config.width], 'zeros');
  };
  const addLinear = (linear: LinearSpec): void => {
    const shape = linear.transposed ? [linear.in, linear.out] : [linear.out, linear.in];
    add(`${linear.name}.weight`, shape, { normal: linear.deviation });
    if (linear.bias) add(`${linear.name}.bias`, [linear.out], 'zeros');
  };
  for (const embedding of [layout.tokens, ...(layout.positions ? [layout.positions] : [])]) {
    add(`${embedding.name}.weight`, [embedding.rows, config.width], { normal: embedding.deviation });
  }
  for (const block of layout.blocks) {
    addNorm(block.attentionNorm);
    for (const linear of attentionProjections(block.projections)) addLinear(linear);
    addLinear(block.attentionOutput);
    addNorm(block.feedForwardNorm);
    for (const linear of [...(block.gate ? [block.gate] : []), block.up, block.down]) addLinear(linear);
  }
  addNorm(layout.finalNorm);
  if (layout.head) addLinear(layout.head);
  return parameters;
}

/** Every linear layer of the blocks, in the order of the forward pass; the output layer is left out, as PEFT does. */
export function linearModules(config: ModelConfig): readonly LinearModule[] {
  return familyOf(config)
    .layout(config)
    .blocks.flatMap((block) => [
      ...attentionProjections(block.projections),
      block.attentionOutput,
      ...(block.gate ? [block.gate] : []),
      block.up,
      block.down,
    ])
    .map(({ name, in: from, out, transposed }) => ({ name, in: from, out, transposed }));
}

function attentionProjections(
  projections: LinearSpec | { query: LinearSpec; key: LinearSpec; value: LinearSpec },
): readonly LinearSpec[] {
  return 'query' in projections ? [projections.query, projections.key, projections.value] : [projections];
}
