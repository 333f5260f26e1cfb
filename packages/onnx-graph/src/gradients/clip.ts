import { type GradientRule, inputOf } from './rule.js';

/** Y = X limited to [low, high]: dX = dY where X lies between the limits, 0 on them, as in PyTorch 2.15; the limits get none. */
export const clipGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  const [low, high] = [node.inputs[1] ?? null, node.inputs[2] ?? null];
  const above = low === null ? dY : g.op.where(g.op.greater(x, low), dY, 0);
  return [high === null ? above : g.op.where(g.op.less(x, high), above, 0), null, null];
};
