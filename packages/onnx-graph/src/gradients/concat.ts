import { int, numberAttribute } from '../attribute.js';
import { isStatic, resolveAxis } from '../shapes.js';
import type { GradientRule } from './rule.js';

/** Y = the inputs joined: each gets its part of dY. */
export const concatGradient: GradientRule = (g, node, dY) => {
  const axis = resolveAxis('Concat', numberAttribute(node.attributes, 'axis', 0), dY.shape.length);
  const sizes = node.inputs.map((input) => input!.shape[axis]!);
  if (isStatic(sizes)) return g.op.split(dY, axis, sizes);
  const lengths = node.inputs.map((input) => g.op.shape(input!, { start: axis, end: axis + 1 }));
  const outputs = node.inputs.map((input) => ({ type: input!.type, shape: input!.shape }));
  return g.node('Split', [dY, g.op.concat(lengths, 0)], { attributes: { axis: int(axis) }, outputs });
};
