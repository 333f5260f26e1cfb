import { numberAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import { knownNumbers } from '../inference/types.js';
import type { GraphNode, Value } from '../value.js';
import { expandLike, reshapeLike, sumToShape } from './helpers.js';
import { missingRule } from './missing-rule.js';
import { inputOf } from './rule.js';

/** Max and Min of two: dY goes to the chosen operand; where both are equal each gets half, as in PyTorch. */
export function chosenGradient(g: GraphBuilder, node: GraphNode, dY: Value): readonly Value[] {
  if (node.inputs.length !== 2) throw missingRule(node, 'It has a rule for two inputs only.');
  const y = node.outputs[0]!;
  const share = (input: Value, other: Value): Value => {
    const half = g.op.where(g.op.equal(other, y), g.op.mul(dY, 0.5), dY);
    return sumToShape(g, g.op.where(g.op.equal(input, y), half, 0), input);
  };
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  return [share(a, b), share(b, a)];
}

/** ReduceMax and ReduceMin: dY is split equally among the elements that reach the extremum (as torch.amax, not max). */
export function reducedExtremumGradient(g: GraphBuilder, node: GraphNode, dY: Value): readonly (Value | null)[] {
  const x = inputOf(node, 0);
  const axes = reducedAxes(node);
  const y = withReducedAxes(g, node, node.outputs[0]!);
  const reached = g.op.cast(g.op.equal(x, y), x.type);
  const share = g.op.div(withReducedAxes(g, node, dY), g.op.reduceSum(reached, axes));
  return [g.op.mul(reached, share), null];
}

/** The axes a reduction runs over, counted from the front. */
export function reducedAxes(node: GraphNode): readonly number[] {
  const x = inputOf(node, 0);
  const given = node.inputs[1] ?? null;
  const axes = given === null ? [] : knownNumbers(given);
  if (axes === undefined) throw missingRule(node, 'Its axes are known at run time only.');
  if (axes.length > 0) return axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  return numberAttribute(node.attributes, 'noop_with_empty_axes', 0) === 1 ? [] : [...x.shape.keys()];
}

/** A reduction's result, or its gradient, with the reduced axes back as size 1, so that it broadcasts to the input. */
export function withReducedAxes(g: GraphBuilder, node: GraphNode, value: Value): Value {
  if (numberAttribute(node.attributes, 'keepdims', 1) === 1) return value;
  return g.op.unsqueeze(value, reducedAxes(node));
}

/** A reduction's gradient repeated over the input. */
export function overInput(g: GraphBuilder, node: GraphNode, dY: Value): Value {
  const x = inputOf(node, 0);
  if (reducedAxes(node).length === 0) return reshapeLike(g, dY, x);
  return expandLike(g, withReducedAxes(g, node, dY), x);
}
