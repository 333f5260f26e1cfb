import { knownNumbers } from '../inference/types.js';
import type { Value } from '../value.js';
import { reshapeLike } from './helpers.js';
import { missingRule } from './missing-rule.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = a part of X: dX = zeros with dY in its place. */
export const sliceGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  const rank = x.shape.length;
  const given = node.inputs[3] ?? null;
  const axes =
    given === null ? Array.from({ length: Number(inputOf(node, 1).shape[0]) }, (_, i) => i) : knownNumbers(given);
  if (axes === undefined) throw missingRule(node, 'Its axes are known at run time only.');
  let gradient = dY;
  for (const [i, axis] of axes.entries()) {
    gradient = spreadAxis(axis < 0 ? axis + rank : axis, i, gradient);
  }
  return [reshapeLike(g, gradient, x), ...node.inputs.slice(1).map(() => null)];

  function spreadAxis(axis: number, i: number, d: Value): Value {
    const size = x.shape[axis]!;
    const [start, end] = [knownNumbers(node.inputs[1])?.[i], knownNumbers(node.inputs[2])?.[i]];
    const step = (node.inputs[4] ?? null) === null ? 1 : knownNumbers(node.inputs[4])?.[i];
    if (d.shape[axis] === size && start === 0 && step === 1) return d;
    if (typeof size === 'number' && start !== undefined && end !== undefined && step === 1) {
      const first = Math.min(Math.max(start < 0 ? start + size : start, 0), size);
      const taken = d.shape[axis];
      if (typeof taken === 'number') return g.op.pad(d, [first, size - first - taken], { axes: [axis] });
    }
    // The places that were read, found by slicing the places themselves; then the same as for a Gather along the axis.
    const length = g.op.shape(x, { start: axis, end: axis + 1 });
    const places = g.op.range(g.op.constant('int64', 0), g.op.squeeze(length, [0]), 1);
    const one = (value: Value | null | undefined) =>
      value == null ? null : g.op.slice(value, { starts: [i], ends: [i + 1] });
    const inputs = [places, one(node.inputs[1]), one(node.inputs[2]), g.op.constant('int64', [0]), one(node.inputs[4])];
    const read = g.node('Slice', inputs[4] === null ? inputs.slice(0, 4) : inputs)[0]!;
    const whole = g.op.concat(
      d.shape.map((_, a) => (a === axis ? length : g.op.shape(d, { start: a, end: a + 1 }))),
      0,
    );
    const zeros = g.op.constantOfShape(whole, 0, d.type);
    const column = g.op.reshape(
      read,
      d.shape.map((_, a) => (a === axis ? -1 : 1)),
    );
    return g.op.scatterElements(zeros, g.op.expand(column, g.op.shape(d)), d, axis);
  }
};
