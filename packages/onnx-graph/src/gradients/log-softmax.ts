import { numberAttribute, textAttribute } from '../attribute.js';
import { resolveAxis } from '../shapes.js';
import { type GraphNode, originOf, type Value } from '../value.js';
import type { GradientRule } from './rule.js';

/**
 * Y = log softmax X: dX = dY − exp(Y)·Σ dY, the sum along the axis.
 *
 * In a cross-entropy dY has one element a row: GatherElements takes the target's log-probability, and its gradient is
 * scattered into zeros. Then dX = scatter into −exp(Y)·Σ: the zeros are never made, and Σ is over the scattered elements.
 */
export const logSoftmaxGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  const axis = resolveAxis('LogSoftmax', numberAttribute(node.attributes, 'axis', -1), y.shape.length);
  const scattered = scatteredIntoZeros(dY, axis);
  if (scattered === undefined) {
    return [g.op.sub(dY, g.op.mul(g.op.exp(y), g.op.reduceSum(dY, [axis])))];
  }
  const { indices, updates } = scattered;
  const sum = updates.shape[axis] === 1 ? updates : g.op.reduceSum(updates, [axis]);
  const spread = g.op.mul(g.op.exp(y), g.op.neg(sum));
  return [g.op.scatterElements(spread, indices, updates, axis, 'add')];
};

/** What `scatterElements(zeros, indices, updates, axis, 'add')` was made of, when a gradient is that along the axis. */
function scatteredIntoZeros(dY: Value, axis: number): { indices: Value; updates: Value } | undefined {
  const node = originOf(dY).node;
  if (node?.operator !== 'ScatterElements' || textAttribute(node.attributes, 'reduction', 'none') !== 'add')
    return undefined;
  const [data, indices, updates] = node.inputs as readonly [Value, Value, Value];
  const at = resolveAxis(node.operator, numberAttribute(node.attributes, 'axis', 0), dY.shape.length);
  return at === axis && isZeros(originOf(data).node) ? { indices, updates } : undefined;
}

function isZeros(node: GraphNode | undefined): boolean {
  const value = node?.attributes.value;
  return node?.operator === 'ConstantOfShape' && value?.kind === 'tensor' && Number(value.value.data[0]) === 0;
}
