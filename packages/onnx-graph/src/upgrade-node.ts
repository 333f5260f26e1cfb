import { type Attributes, int, numbersAttribute } from './attribute.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Value } from './value.js';

// Reductions that took their axes as an attribute until the version given here.
const AXES_BECAME_INPUT: Readonly<Record<string, number>> = {
  ReduceL1: 18,
  ReduceL2: 18,
  ReduceLogSum: 18,
  ReduceLogSumExp: 18,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceSumSquare: 18,
};

interface UpgradedNode {
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
}

/** A node of operator set 13 to 17 as version 18 and later write it; newer ones stay as they are. */
export function upgradeNode(
  g: GraphBuilder,
  operator: string,
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  outputCount: number,
  opset: number,
): UpgradedNode {
  const axes = numbersAttribute(attributes, 'axes');
  if (axes !== undefined && opset < (AXES_BECAME_INPUT[operator] ?? 0)) {
    const { axes: _, ...rest } = attributes;
    return { inputs: [inputs[0] ?? null, g.constant('int64', axes)], attributes: rest };
  }
  // Until 18, Split without sizes made as many equal parts as it had outputs.
  if (operator === 'Split' && (inputs[1] ?? null) === null && attributes.num_outputs === undefined) {
    return { inputs, attributes: { ...attributes, num_outputs: int(outputCount) } };
  }
  return { inputs, attributes };
}
