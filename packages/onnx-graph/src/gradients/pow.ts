import { originOf, type Value } from '../value.js';
import { sumToShape } from './helpers.js';
import { type GradientRule, inputOf } from './rule.js';

/** The number a scalar constant holds. */
function scalarOf(value: Value): number | undefined {
  const { initializer } = originOf(value);
  if (initializer === undefined || 'location' in initializer || initializer.data.length !== 1) return undefined;
  return initializer.data instanceof Uint8Array ? undefined : Number(initializer.data[0]);
}

/**
 * Y = Aᴮ: dA = dY·B·Aᴮ⁻¹, dB = dY·Y·ln A. As in PyTorch, dA is 0 where B is 0, and dB is 0 where A is 0 and B is not
 * negative.
 */
export const powGradient: GradientRule = (g, node, dY) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const exponent = scalarOf(b);
  if (exponent === 2) return [g.op.mul(dY, g.op.mul(a, 2)), null];
  if (exponent !== undefined && exponent !== 0) {
    return [sumToShape(g, g.op.mul(dY, g.op.mul(g.op.pow(a, exponent - 1), exponent)), a), null];
  }
  const power = g.op.cast(b, a.type);
  const slope = g.op.where(g.op.equal(power, 0), 0, g.op.mul(power, g.op.pow(a, g.op.sub(power, 1))));
  const isFlat = g.op.and(g.op.equal(a, 0), g.op.greaterOrEqual(power, 0));
  const growth = g.op.where(isFlat, 0, g.op.mul(node.outputs[0]!, g.op.log(a)));
  return [
    sumToShape(g, g.op.mul(dY, slope), a),
    b.type === a.type
      ? sumToShape(g, g.op.mul(dY, growth), b)
      : g.op.cast(sumToShape(g, g.op.mul(dY, growth), b), b.type),
  ];
};
