import type { ElementType } from '../element-type.js';
import { GraphError } from '../errors.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number;

export function isValue(operand: unknown): operand is Value {
  return typeof operand === 'object' && operand !== null && 'shape' in operand && 'name' in operand;
}

/** Turns numbers into constants of the type that the first value among the operands has. */
export function toValues(g: GraphBuilder, operator: string, operands: readonly Operand[]): Value[] {
  const type = operands.find(isValue)?.type;
  return operands.map((operand) => {
    if (isValue(operand)) return operand;
    if (type !== undefined) return g.constant(type, operand);
    throw new GraphError('GRAPH_ARGUMENT_INVALID', {
      what: `${operator} got numbers only: ${operands.join(', ')}.`,
      why: 'Their element type cannot be told.',
      fix: 'Make one of them a value with constant().',
    });
  });
}

/** A single number or value as a value of a fixed type. */
export function toValue(g: GraphBuilder, type: ElementType, operand: Operand): Value {
  return isValue(operand) ? operand : g.constant(type, operand);
}

/** A list of whole numbers (int64 constant) or a value that holds them. */
export function toIndices(g: GraphBuilder, indices: readonly number[] | Value): Value {
  return isValue(indices) ? indices : g.constant('int64', indices);
}

/** The only output of a node that has one. */
export function single(outputs: readonly Value[]): Value {
  return outputs[0]!;
}
