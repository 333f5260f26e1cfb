import type { GradientRule } from './rule.js';

/** Y = X with elements dropped and the others scaled, while training: dX = dY by the same mask and scale. */
export const dropoutGradient: GradientRule = (g, node, dY) => {
  const [ratio, training] = [node.inputs[1] ?? null, node.inputs[2] ?? null];
  // Without `training_mode` the operator passes X through.
  if (training === null) return [dY];
  const share = ratio === null ? g.constant(dY.type, 0.5) : g.op.cast(ratio, dY.type);
  const scale = g.op.where(training, g.op.reciprocal(g.op.sub(1, share)), 1);
  return [g.op.where(node.outputs[1]!, g.op.mul(dY, scale), 0), null, null];
};
