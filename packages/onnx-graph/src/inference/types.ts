import type { Attributes } from '../attribute.js';
import { type ElementType, isFloat } from '../element-type.js';
import { GraphError } from '../errors.js';
import type { GraphBuilder } from '../graph-builder.js';
import { describeType, originOf, type Shape, type TensorType, type Value } from '../value.js';

/** A node about to be added. */
export interface InferenceContext {
  readonly g: GraphBuilder;
  readonly operator: string;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  /** Names a size that cannot be derived. */
  readonly fresh: () => string;
}

/** Checks a node's inputs and gives the types of its outputs. */
export type Inference = (context: InferenceContext) => readonly TensorType[];

/** @throws {GraphError} `GRAPH_ARGUMENT_INVALID` when a required input is left out */
export function required({ operator, inputs }: InferenceContext, index: number): Value {
  const input = inputs[index];
  if (input === null || input === undefined) {
    throw new GraphError('GRAPH_ARGUMENT_INVALID', {
      what: `${operator} lacks its input ${index}.`,
      why: 'The operator does not make sense without it.',
      fix: 'Pass a value.',
    });
  }
  return input;
}

/** All given inputs have one element type, which is returned. @throws {GraphError} `GRAPH_TYPE_MISMATCH` */
export function oneType({ operator }: InferenceContext, values: readonly Value[]): ElementType {
  const type = values[0]?.type ?? 'float32';
  if (values.some((value) => value.type !== type))
    throw typeMismatch(operator, values, 'Their element types must be equal.');
  return type;
}

/** @throws {GraphError} `GRAPH_TYPE_MISMATCH` */
export function typeMismatch(operator: string, values: readonly TensorType[], why: string): GraphError {
  return new GraphError('GRAPH_TYPE_MISMATCH', {
    what: `${operator} got ${values.map(describeType).join(' and ')}.`,
    why,
    fix: 'Convert one with cast().',
  });
}

export function requireFloat({ operator }: InferenceContext, value: Value): void {
  if (!isFloat(value.type)) throw typeMismatch(operator, [value], 'It is defined for floating-point tensors.');
}

export function requireBool({ operator }: InferenceContext, value: Value): void {
  if (value.type !== 'bool') throw typeMismatch(operator, [value], 'It is defined for bool tensors.');
}

export function requireInteger({ operator }: InferenceContext, value: Value, allowed: readonly ElementType[]): void {
  if (!allowed.includes(value.type)) throw typeMismatch(operator, [value], `It takes ${allowed.join(' or ')} here.`);
}

export const INDEX_TYPES = ['int32', 'int64'] as const;

/** The elements of an integer input when all of them are numbers known now. */
export function knownNumbers(value: Value | null | undefined): readonly number[] | undefined {
  const contents = knownSizes(value);
  return contents?.every((size) => typeof size === 'number') ? (contents as readonly number[]) : undefined;
}

/** The elements of an integer input, as numbers or as names of sizes. */
export function knownSizes(value: Value | null | undefined): Shape | undefined {
  return value === null || value === undefined ? undefined : originOf(value).contents;
}

/** Rank of the tensor whose shape a 1-D integer input holds, if that is known. */
export function lengthOf(value: Value): number | undefined {
  const length = value.shape[0];
  return typeof length === 'number' ? length : undefined;
}
