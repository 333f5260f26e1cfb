import type { GraphBuilder } from './graph-builder.js';
import type { TensorSpec } from './tensor-data.js';

/** An attribute of a node. ONNX tells integers from floats, which JavaScript numbers do not: hence the tag. */
export type Attribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: TensorSpec }
  | { readonly kind: 'graph'; readonly value: GraphBuilder };

export type Attributes = Readonly<Record<string, Attribute>>;

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const flag = (value: boolean): Attribute => int(value ? 1 : 0);

/** The number of an `int` or `float` attribute, or what ONNX says it is when left out. */
export function numberAttribute(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : otherwise;
}

export function textAttribute(attributes: Attributes, name: string, otherwise: string): string {
  const attribute = attributes[name];
  return attribute?.kind === 'string' ? attribute.value : otherwise;
}

export function numbersAttribute(attributes: Attributes, name: string): readonly number[] | undefined {
  const attribute = attributes[name];
  return attribute?.kind === 'ints' || attribute?.kind === 'floats' ? attribute.value : undefined;
}

export function graphAttribute(attributes: Attributes, name: string): GraphBuilder | undefined {
  const attribute = attributes[name];
  return attribute?.kind === 'graph' ? attribute.value : undefined;
}
