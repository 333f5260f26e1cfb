import { numberAttribute } from '../attribute.js';
import { elementTypeOfCode } from '../element-type.js';
import { GraphError } from '../errors.js';
import { broadcastShapes } from '../shapes.js';
import type { TensorType } from '../value.js';
import { type Inference, oneType, requireBool, required, requireFloat, requireInteger, typeMismatch } from './types.js';

const broadcast: Inference = (c) => {
  const values = c.inputs.map((_, i) => required(c, i));
  const shape = broadcastShapes(
    c.operator,
    values.map((value) => value.shape),
    c.fresh,
  );
  return [{ type: oneType(c, values), shape }];
};

const arithmetic: Inference = (c) => {
  const outputs = broadcast(c);
  const [{ type }] = outputs as readonly [TensorType];
  if (type === 'bool' || type === 'string')
    throw typeMismatch(c.operator, [required(c, 0)], 'It is defined for numbers.');
  return outputs;
};

const comparison: Inference = (c) => broadcast(c).map(({ shape }) => ({ type: 'bool', shape }));

const logical: Inference = (c) => {
  for (const i of c.inputs.keys()) requireBool(c, required(c, i));
  return broadcast(c);
};

const INTEGERS = ['int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64'] as const;

const bitwise: Inference = (c) => {
  for (const i of c.inputs.keys()) requireInteger(c, required(c, i), INTEGERS);
  return broadcast(c);
};

const unary: Inference = (c) => {
  const { type, shape } = required(c, 0);
  return [{ type, shape }];
};

const floatUnary: Inference = (c) => {
  requireFloat(c, required(c, 0));
  return unary(c);
};

const floatTest: Inference = (c) => floatUnary(c).map(({ shape }) => ({ type: 'bool', shape }));

// The exponent may have another type than the base, whose type the result has.
const power: Inference = (c) => {
  const [a, b] = [required(c, 0), required(c, 1)];
  return [{ type: a.type, shape: broadcastShapes(c.operator, [a.shape, b.shape], c.fresh) }];
};

const choose: Inference = (c) => {
  const [condition, a, b] = [required(c, 0), required(c, 1), required(c, 2)];
  requireBool(c, condition);
  return [
    { type: oneType(c, [a, b]), shape: broadcastShapes(c.operator, [condition.shape, a.shape, b.shape], c.fresh) },
  ];
};

const cast: Inference = (c) => {
  const type = elementTypeOfCode(numberAttribute(c.attributes, 'to', 0));
  if (type === undefined) {
    throw new GraphError('GRAPH_TYPE_MISMATCH', {
      what: `Cast to the element type ${numberAttribute(c.attributes, 'to', 0)} of onnx.proto.`,
      why: 'This package does not handle that type.',
      fix: 'Cast to a type of ELEMENT_TYPES.',
    });
  }
  return [{ type, shape: required(c, 0).shape }];
};

const bitShift: Inference = (c) => {
  for (const i of [0, 1]) requireInteger(c, required(c, i), ['uint8', 'uint32', 'uint64']);
  return broadcast(c);
};

const dropout: Inference = (c) => {
  const { type, shape } = required(c, 0);
  return [
    { type, shape },
    { type: 'bool', shape },
  ];
};

/** Operators that work on each element, with broadcasting where they have several inputs. */
export const ELEMENTWISE = {
  Abs: unary,
  Add: arithmetic,
  And: logical,
  BitShift: bitShift,
  BitwiseAnd: bitwise,
  BitwiseNot: bitwise,
  BitwiseOr: bitwise,
  BitwiseXor: bitwise,
  Cast: cast,
  Ceil: floatUnary,
  Clip: unary,
  Cos: floatUnary,
  Div: arithmetic,
  Dropout: dropout,
  Equal: comparison,
  Erf: floatUnary,
  Exp: floatUnary,
  Floor: floatUnary,
  Gelu: floatUnary,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Identity: unary,
  IsInf: floatTest,
  IsNaN: floatTest,
  Less: comparison,
  LeakyRelu: floatUnary,
  LessOrEqual: comparison,
  Log: floatUnary,
  Max: arithmetic,
  Min: arithmetic,
  Mod: arithmetic,
  Mul: arithmetic,
  Neg: unary,
  Not: logical,
  Or: logical,
  Pow: power,
  Reciprocal: floatUnary,
  Relu: unary,
  Round: floatUnary,
  Sigmoid: floatUnary,
  Sign: unary,
  Sin: floatUnary,
  Softplus: floatUnary,
  Sqrt: floatUnary,
  Sub: arithmetic,
  Sum: arithmetic,
  Tanh: floatUnary,
  Where: choose,
  Xor: logical,
} as const satisfies Record<string, Inference>;
