import { withReducedAxes } from './extremum.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = Σ X² over axes: dX = 2·X·dY. */
export const reduceSumSquareGradient: GradientRule = (g, node, dY) => {
  return [g.op.mul(inputOf(node, 0), g.op.mul(withReducedAxes(g, node, dY), 2)), null];
};
