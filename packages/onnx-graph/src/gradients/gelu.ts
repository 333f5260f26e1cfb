import { textAttribute } from '../attribute.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X·Φ(X): dX = dY·(Φ(X) + X·φ(X)), Φ and φ the normal distribution and its density. */
function exact(g: GraphBuilder, x: Value): Value {
  const distribution = g.op.mul(g.op.add(g.op.erf(g.op.mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = g.op.mul(g.op.exp(g.op.mul(g.op.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return g.op.add(distribution, g.op.mul(x, density));
}

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** Y = X/2·(1 + t), t = tanh(s·(X + c·X³)): dX = dY·½·((1 + t) + X·(1 − t²)·s·(1 + 3c·X²)). */
function approximate(g: GraphBuilder, x: Value): Value {
  const square = g.op.mul(x, x);
  const t = g.op.tanh(g.op.mul(x, g.op.add(g.op.mul(square, SCALE * CUBIC), SCALE)));
  const inner = g.op.mul(x, g.op.add(g.op.mul(square, 1.5 * SCALE * CUBIC), 0.5 * SCALE));
  const slope = g.op.mul(inner, g.op.sub(1, g.op.mul(t, t)));
  return g.op.add(g.op.add(g.op.mul(t, 0.5), 0.5), slope);
}

/** Gelu, exact or by tanh. @see arXiv:1606.08415 */
export const geluGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  const isTanh = textAttribute(node.attributes, 'approximate', 'none') === 'tanh';
  return [g.op.mul(dY, isTanh ? approximate(g, x) : exact(g, x))];
};
