import { numberAttribute } from '../attribute.js';
import type { ElementType } from '../element-type.js';
import { resolveAxis } from '../shapes.js';
import type { Shape, Value } from '../value.js';
import { type Inference, type InferenceContext, knownNumbers, lengthOf, required } from './types.js';

function reducedShape(c: InferenceContext, x: Value, axes: readonly number[], keep: boolean): Shape {
  const reduced = new Set(axes.map((axis) => resolveAxis(c.operator, axis, x.shape.length)));
  return keep ? x.shape.map((size, i) => (reduced.has(i) ? 1 : size)) : x.shape.filter((_, i) => !reduced.has(i));
}

const reduce: Inference = (c) => {
  const x = required(c, 0);
  const keep = numberAttribute(c.attributes, 'keepdims', 1) === 1;
  const given = c.inputs[1] ?? null;
  let axes = given === null ? [] : knownNumbers(given);
  if (axes === undefined) {
    // Axes found at run time: the rank is still known when the reduced axes stay, or their number is.
    const count = keep ? 0 : (lengthOf(given!) ?? 0);
    return [{ type: x.type, shape: x.shape.slice(count).map(c.fresh) }];
  }
  if (axes.length === 0) {
    if (numberAttribute(c.attributes, 'noop_with_empty_axes', 0) === 1) return [{ type: x.type, shape: x.shape }];
    axes = [...x.shape.keys()];
  }
  return [{ type: x.type, shape: reducedShape(c, x, axes, keep) }];
};

const argument: Inference = (c) => {
  const x = required(c, 0);
  const axis = numberAttribute(c.attributes, 'axis', 0);
  const keep = numberAttribute(c.attributes, 'keepdims', 1) === 1;
  return [{ type: 'int64', shape: reducedShape(c, x, [axis], keep) }];
};

const topK: Inference = (c) => {
  const x = required(c, 0);
  const axis = resolveAxis(c.operator, numberAttribute(c.attributes, 'axis', -1), x.shape.length);
  const count = knownNumbers(c.inputs[1])?.[0] ?? c.fresh();
  const shape = x.shape.map((size, i) => (i === axis ? count : size));
  const indexType: ElementType = 'int64';
  return [
    { type: x.type, shape },
    { type: indexType, shape },
  ];
};

export const REDUCTION = {
  ArgMax: argument,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceMin: reduce,
  ReduceSum: reduce,
  ReduceSumSquare: reduce,
  TopK: topK,
} as const satisfies Record<string, Inference>;
