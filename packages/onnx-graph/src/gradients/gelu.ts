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

/**
 * ½(1 + tanh u) = σ(2u), so Y = X·p with p = σ(X·(2s + 2sc·X²)): dX = dY·(p + (Y − Y·p)·(2s + 6sc·X²)). Three passes
 * less than with tanh, since Y is there already.
 */
function approximate(g: GraphBuilder, x: Value, y: Value): Value {
  const square = g.op.mul(x, x);
  const p = g.op.sigmoid(g.op.mul(x, g.op.add(g.op.mul(square, 2 * SCALE * CUBIC), 2 * SCALE)));
  const slope = g.op.add(g.op.mul(square, 6 * SCALE * CUBIC), 2 * SCALE);
  return g.op.add(p, g.op.mul(g.op.sub(y, g.op.mul(y, p)), slope));
}

/** Gelu, exact or by tanh. @see arXiv:1606.08415 */
export const geluGradient: GradientRule = (g, node, dY) => {
  const x = inputOf(node, 0);
  const isTanh = textAttribute(node.attributes, 'approximate', 'none') === 'tanh';
  return [g.op.mul(dY, isTanh ? approximate(g, x, node.outputs[0]!) : exact(g, x))];
};
