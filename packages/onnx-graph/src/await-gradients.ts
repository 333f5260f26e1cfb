import type { ElementType } from './element-type.js';
import type { GraphBuilder } from './graph-builder.js';
import { readValues } from './read-values.js';
import { elementCount } from './tensor-data.js';
import { type GraphNode, originOf, type Value } from './value.js';

/**
 * What copies of `nodes` have to read so that each of them runs after `gradients` are there: a value from outside is the
 * same tensor again, by way of a number that is computed from them. A runtime can neither run such copies early nor find out
 * that they equal the originals.
 */
export function awaited(g: GraphBuilder, nodes: readonly GraphNode[], gradients: readonly Value[]): Map<Value, Value> {
  const copies = new Map<Value, Value>();
  const zero = zeroFrom(g, gradients);
  const made = new Set<Value>();
  const waiting = new Set<Value>();
  for (const node of nodes) {
    const reads = readValues(node);
    // One input that waits is enough; stored weights stay themselves where they can, for what a runtime packs ahead.
    if (!reads.some((value) => waiting.has(value))) {
      for (const value of reads) {
        if (made.has(value) || isConstant(value)) continue;
        copies.set(value, later(g, value, zero));
        waiting.add(value);
      }
    }
    const isWaiting = reads.some((value) => waiting.has(value));
    for (const output of node.outputs) {
      made.add(output);
      if (isWaiting) waiting.add(output);
    }
  }
  return copies;
}

// What is computed from less is no burden, and better left to be computed while a model loads.
const SMALL = 1024;

function isConstant(value: Value): boolean {
  const { initializer, contents } = originOf(value);
  return contents !== undefined || (initializer !== undefined && elementCount(initializer.shape) <= SMALL);
}

const NUMERIC: ReadonlySet<ElementType> = new Set(['float32', 'float64', 'int32', 'int64']);

/**
 * The same tensor, once `zero` is known. Plus 0: ONNX Runtime adds in place where nothing else reads `x` any more. What its
 * kernels cannot add is reshaped to the shape it has; not all is, because the runtime merges reshapes that follow one another.
 */
function later(g: GraphBuilder, x: Value, zero: Value): Value {
  if (NUMERIC.has(x.type)) return g.op.add(x, g.op.cast(zero, x.type));
  return g.node('Reshape', [x, g.op.add(g.op.shape(x), zero)], { outputs: [x] })[0]!;
}

/** An int64 0 that takes one element of each gradient to compute, and that no optimizer can foretell. */
function zeroFrom(g: GraphBuilder, gradients: readonly Value[]): Value {
  const elements = gradients.map((gradient) => g.op.cast(firstElement(g, gradient), 'float32'));
  const sum = elements.reduce((total, element) => g.op.add(total, element));
  return g.op.mul(g.op.cast(g.op.isNaN(sum), 'int64'), 0);
}

/** Scalar; 0 for a tensor without elements. */
function firstElement(g: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  if (axes.length === 0) return x;
  const corner = g.op.slice(x, { starts: axes.map(() => 0), ends: axes.map(() => 1), axes });
  return g.op.reduceSum(corner, undefined, { keepDims: false });
}
