import { flag, int, text } from '../attribute.js';
import { ELEMENT_TYPES, type ElementType } from '../element-type.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';
import { type Operand, single, toValues } from './operand.js';

type Binary = (g: GraphBuilder, a: Operand, b: Operand) => Value;
type Unary = (g: GraphBuilder, x: Value) => Value;

function binary(operator: string): Binary {
  return (g, a, b) => single(g.node(operator, toValues(g, operator, [a, b])));
}

function unary(operator: string): Unary {
  return (g, x) => single(g.node(operator, [x]));
}

/** Element-wise operators; two operands broadcast as in NumPy. */
export const ELEMENTWISE_OPERATORS = {
  abs: unary('Abs'),
  add: binary('Add'),
  and: binary('And'),
  bitwiseAnd: binary('BitwiseAnd'),
  bitwiseNot: unary('BitwiseNot'),
  bitwiseOr: binary('BitwiseOr'),
  bitwiseXor: binary('BitwiseXor'),
  ceil: unary('Ceil'),
  cos: unary('Cos'),
  div: binary('Div'),
  equal: binary('Equal'),
  erf: unary('Erf'),
  exp: unary('Exp'),
  floor: unary('Floor'),
  greater: binary('Greater'),
  greaterOrEqual: binary('GreaterOrEqual'),
  identity: unary('Identity'),
  isInf: unary('IsInf'),
  isNaN: unary('IsNaN'),
  less: binary('Less'),
  lessOrEqual: binary('LessOrEqual'),
  log: unary('Log'),
  max: binary('Max'),
  min: binary('Min'),
  mul: binary('Mul'),
  neg: unary('Neg'),
  not: unary('Not'),
  or: binary('Or'),
  pow: binary('Pow'),
  reciprocal: unary('Reciprocal'),
  relu: unary('Relu'),
  /** To the nearest whole number, halves to the even one. */
  round: unary('Round'),
  sigmoid: unary('Sigmoid'),
  sign: unary('Sign'),
  sin: unary('Sin'),
  sqrt: unary('Sqrt'),
  sub: binary('Sub'),
  tanh: unary('Tanh'),
  xor: binary('Xor'),

  /** Remainder with the sign of the divisor; with `fmod`, which floats need, that of the dividend. */
  mod(g: GraphBuilder, a: Operand, b: Operand, { fmod = false }: { readonly fmod?: boolean } = {}): Value {
    return single(g.node('Mod', toValues(g, 'Mod', [a, b]), { attributes: { fmod: flag(fmod) } }));
  },

  /** Shifts the bits of unsigned integers. */
  bitShift(g: GraphBuilder, x: Operand, bits: Operand, direction: 'left' | 'right'): Value {
    return single(
      g.node('BitShift', toValues(g, 'BitShift', [x, bits]), {
        attributes: { direction: text(direction.toUpperCase()) },
      }),
    );
  },

  /** Converts to another element type; a value that has it already is returned as it is. */
  cast(g: GraphBuilder, x: Value, type: ElementType): Value {
    return x.type === type ? x : single(g.node('Cast', [x], { attributes: { to: int(ELEMENT_TYPES[type].code) } }));
  },

  /** `a` where the condition holds, `b` elsewhere. */
  where(g: GraphBuilder, condition: Value, a: Operand, b: Operand): Value {
    return single(g.node('Where', [condition, ...toValues(g, 'Where', [a, b])]));
  },

  /** Gaussian error linear unit: x·Φ(x), or its tanh approximation. @see arXiv:1606.08415 */
  gelu(g: GraphBuilder, x: Value, { approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' } = {}): Value {
    return single(g.node('Gelu', [x], { attributes: { approximate: text(approximate) } }));
  },
};
