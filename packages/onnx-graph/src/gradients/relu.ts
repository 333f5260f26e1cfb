import { type GradientRule, inputOf } from './rule.js';

/** Y = max(X, 0): dX = dY where X > 0; 0 at X = 0, as in PyTorch. */
export const reluGradient: GradientRule = (g, node, dY) => [g.op.where(g.op.greater(inputOf(node, 0), 0), dY, 0)];
