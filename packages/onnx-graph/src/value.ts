import type { Attributes } from './attribute.js';
import type { ElementType } from './element-type.js';
import { GraphError } from './errors.js';
import type { GraphBuilder } from './graph-builder.js';
import type { InitializerSpec } from './tensor-data.js';

/** A size known when the graph is built, or the name of one that is known when it runs. Equal names mean equal sizes. */
export type Dimension = number | string;

/** The dimensions of a tensor, outermost first; empty for a scalar. */
export type Shape = readonly Dimension[];

/** Element type and shape of a tensor. */
export interface TensorType {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A tensor in a graph under construction: an input, an initializer or what a node computes. Made by a builder only. */
export interface Value extends TensorType {
  /** Unique in the whole model, nested graphs included. */
  readonly name: string;
}

/** One application of an operator. */
export interface GraphNode {
  /** The ONNX name, such as `MatMul`. */
  readonly operator: string;
  /** `''` for ai.onnx. */
  readonly domain: string;
  readonly name: string;
  /** Place in the order of creation over all scopes: a node comes after everything it reads. */
  readonly index: number;
  /** `null` for an optional input left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** Where a value comes from: private to the package, so that it stays out of the public `Value`. */
export interface Origin {
  readonly scope: GraphBuilder;
  readonly node?: GraphNode;
  readonly initializer?: InitializerSpec;
  /** Elements of a small integer tensor as far as they are known, for shape arithmetic. */
  readonly contents?: Shape;
}

const ORIGINS = new WeakMap<Value, Origin>();

/** Makes a value known to the package. */
export function registerValue(value: Value, origin: Origin): Value {
  ORIGINS.set(value, origin);
  return value;
}

/** @throws {GraphError} `GRAPH_SCOPE_INVALID` for an object that no builder made */
export function originOf(value: Value): Origin {
  const origin = ORIGINS.get(value);
  if (origin === undefined) {
    throw new GraphError('GRAPH_SCOPE_INVALID', {
      what: `"${String(value?.name)}" is not a value of a graph.`,
      why: 'Values are made by a GraphBuilder; this object was not.',
      fix: 'Pass what input(), initializer() or an operator returned. A look-up by a name that is not there gives undefined.',
    });
  }
  return origin;
}

/** `(2, T, 64) float32`, for messages. */
export function describeType({ type, shape }: TensorType): string {
  return `(${shape.join(', ')}) ${type}`;
}
