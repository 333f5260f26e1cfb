import type { ModelConfig } from '../model-config.js';
import { familyOf } from './families.js';
import type { BlockLayout, EmbeddingSpec, Initialisation, LinearSpec, NormSpec } from './family.js';

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
  const addEmbedding = ({ name, rows, width, deviation }: EmbeddingSpec): void => {
    add(`${name}.weight`, [rows, width ?? config.width], { normal: deviation });
  };
  addEmbedding(layout.tokens);
  if (layout.projectIn) addLinear(layout.projectIn);
  if (layout.positions) addEmbedding(layout.positions);
  for (const block of layout.blocks) {
    addNorm(block.attentionNorm);
    for (const linear of attentionLinears(block)) addLinear(linear);
    if (block.feedForwardNorm) addNorm(block.feedForwardNorm);
    for (const linear of feedForwardLinears(block)) addLinear(linear);
  }
  if (layout.finalNorm) addNorm(layout.finalNorm);
  if (layout.projectOut) addLinear(layout.projectOut);
  if (layout.head) addLinear(layout.head);
  return parameters;
}

/** Every linear layer but the output layer, which PEFT leaves out, in the order of the forward pass. */
export function linearModules(config: ModelConfig): readonly LinearModule[] {
  const { projectIn, projectOut, blocks } = familyOf(config).layout(config);
  return [
    ...(projectIn ? [projectIn] : []),
    ...blocks.flatMap((block) => [...attentionLinears(block), ...feedForwardLinears(block)]),
    ...(projectOut ? [projectOut] : []),
  ].map(({ name, in: from, out, transposed }) => ({ name, in: from, out, transposed }));
}

/** The output layer; nothing where that is the token embedding. */
export function headModule(config: ModelConfig): LinearModule | undefined {
  return familyOf(config).layout(config).head;
}

function attentionLinears({ projections, attentionOutput }: BlockLayout): readonly LinearSpec[] {
  if ('fused' in projections) return [projections.fused, attentionOutput];
  return [projections.query, projections.key, projections.value, attentionOutput];
}

function feedForwardLinears({ gate, up, down }: BlockLayout): readonly LinearSpec[] {
  return [...(gate ? [gate] : []), up, down];
}
