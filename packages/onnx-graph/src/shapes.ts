import { GraphError } from './errors.js';
import type { Dimension, Shape } from './value.js';

/** True when every size is known while building. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dimension) => typeof dimension === 'number');
}

/** True when both shapes are surely equal: same rank, same numbers and names. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** An axis counted from the front. @throws {GraphError} `GRAPH_ARGUMENT_INVALID` outside [-rank, rank) */
export function resolveAxis(operator: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new GraphError('GRAPH_ARGUMENT_INVALID', {
      what: `${operator} got axis ${axis}.`,
      why: `Its input has ${rank} dimensions, so an axis lies in [${-rank}, ${rank}).`,
      fix: 'Pass an axis of the input.',
    });
  }
  return axis < 0 ? axis + rank : axis;
}

/** The error for shapes that do not fit together. */
export function shapeMismatch(operator: string, shapes: readonly Shape[], why: string): GraphError {
  return new GraphError('GRAPH_SHAPE_MISMATCH', {
    what: `${operator} got ${shapes.map((shape) => `(${shape.join(', ')})`).join(' and ')}.`,
    why,
    fix: 'Reshape, transpose or expand an input so that the shapes fit.',
  });
}

/** Two sizes that must be equal, merged to the better known one; `undefined` when they are known to differ. */
export function unify(a: Dimension, b: Dimension): Dimension | undefined {
  if (a === b || typeof b === 'string') return a;
  return typeof a === 'string' ? b : undefined;
}

/** Shape of an element-wise result under ONNX's (NumPy's) broadcasting. `fresh` names a size nobody knows yet. */
export function broadcastShapes(operator: string, shapes: readonly Shape[], fresh: () => string): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let merged: Dimension = 1;
    for (const shape of shapes) {
      const next = shape[axis - rank + shape.length] ?? 1;
      if (next === 1 || next === merged) continue;
      if (merged === 1) merged = next;
      else if (typeof merged === 'number' && typeof next === 'number') {
        throw shapeMismatch(operator, shapes, `Sizes ${merged} and ${next} of the same axis differ and neither is 1.`);
      } else if (typeof merged === 'string' && typeof next === 'string') merged = fresh();
      else if (typeof next === 'number') merged = next;
    }
    result.push(merged);
  }
  return result;
}
