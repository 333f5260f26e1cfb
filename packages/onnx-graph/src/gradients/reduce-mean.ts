import { overInput, reducedAxes } from './extremum.js';
import { countAlong } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = mean of X over axes: dX = dY / count, repeated along them. */
export const reduceMeanGradient: GradientRule = (g, node, dY) => {
  // Divided before it is repeated: the quotient has few elements.
  const share = g.op.div(dY, countAlong(g, inputOf(node, 0), reducedAxes(node)));
  return [overInput(g, node, share), null];
};
