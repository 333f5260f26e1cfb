import { numberAttribute } from '../attribute.js';
import type { GradientRule } from './rule.js';

/** Y = softmax X: dX = Y·(dY − Σ dY·Y), the sum along the axis. */
export const softmaxGradient: GradientRule = (g, node, dY) => {
  const y = node.outputs[0]!;
  const axis = numberAttribute(node.attributes, 'axis', -1);
  const sum = g.op.reduceSum(g.op.mul(dY, y), [axis]);
  return [g.op.mul(y, g.op.sub(dY, sum))];
};
