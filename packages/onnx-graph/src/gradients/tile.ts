import { knownNumbers } from '../inference/types.js';
import { missingRule } from './missing-rule.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X repeated along its axes: dX = the sum over the repetitions. */
export const tileGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  const repeats = knownNumbers(inputOf(node, 1));
  if (repeats === undefined) throw missingRule(node, 'Its repeats are known at run time only.');
  // (r₀·n₀, r₁·n₁, …) as (r₀, n₀, r₁, n₁, …), then the sum over every r.
  const one = (count: number) => g.op.constant('int64', [count]);
  const parts = repeats.flatMap((count, axis) => [one(count), g.op.shape(x, { start: axis, end: axis + 1 })]);
  const split = g.op.reshape(dY, g.op.concat(parts, 0));
  return [
    g.op.reduceSum(
      split,
      repeats.map((_, axis) => 2 * axis),
      { keepDims: false },
    ),
    null,
  ];
};
