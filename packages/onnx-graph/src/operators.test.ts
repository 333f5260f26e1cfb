import { expect, it } from 'vitest';
import { relativeError } from './check-gradient.js';
import type { ElementType } from './element-type.js';
import { GraphBuilder } from './graph-builder.js';
import { OPERATORS } from './operators.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';
import type { Value } from './value.js';

interface OperatorCase {
  readonly build: (g: GraphBuilder) => Value;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const f = (g: GraphBuilder, data: readonly number[], shape?: readonly number[]) => g.constant('float32', data, shape);
const i = (g: GraphBuilder, data: readonly number[], shape?: readonly number[]) => g.constant('int64', data, shape);
const u = (g: GraphBuilder, data: readonly number[]) => g.constant('uint32', data);
const b = (g: GraphBuilder, data: readonly number[]) => g.constant('bool', data);
const six = (g: GraphBuilder) => f(g, [1, 2, 3, 4, 5, 6], [2, 3]);

const row = (build: OperatorCase['build'], data: readonly number[]): OperatorCase => ({
  build,
  shape: [data.length],
  data,
});

const unary = (
  name:
    | 'abs'
    | 'ceil'
    | 'cos'
    | 'erf'
    | 'exp'
    | 'floor'
    | 'identity'
    | 'neg'
    | 'relu'
    | 'round'
    | 'sigmoid'
    | 'sign'
    | 'sin'
    | 'tanh',
  compute: (x: number) => number,
) => row((g) => g.op[name](f(g, [-1.5, -0.25, 0, 2.5])), [-1.5, -0.25, 0, 2.5].map(compute));

const positive = (name: 'log' | 'reciprocal' | 'sqrt', compute: (x: number) => number) =>
  row((g) => g.op[name](f(g, [0.5, 2, 9])), [0.5, 2, 9].map(compute));

const arithmetic = (
  name:
    | 'add'
    | 'sub'
    | 'mul'
    | 'div'
    | 'max'
    | 'min'
    | 'pow'
    | 'equal'
    | 'less'
    | 'lessOrEqual'
    | 'greater'
    | 'greaterOrEqual',
  compute: (a: number, b: number) => number,
) =>
  row(
    (g) => g.op[name](f(g, [1, 2, 3]), 2),
    [1, 2, 3].map((x) => compute(x, 2)),
  );

const logical = (name: 'and' | 'or' | 'xor', data: readonly number[]) =>
  row((g) => g.op[name](b(g, [0, 0, 1, 1]), b(g, [0, 1, 0, 1])), data);

const bitwise = (name: 'bitwiseAnd' | 'bitwiseOr' | 'bitwiseXor', data: readonly number[]) =>
  row((g) => g.op[name](u(g, [0b1100, 0xffffffff]), u(g, [0b1010, 1])), data);

const erf25 = 0.999593047982555;
const layerNormed = [-Math.sqrt(1.5), 0, Math.sqrt(1.5)];

/** What each operator gives on ONNX Runtime's CPU provider; expected values by hand or by JavaScript's Math. */
const OPERATOR_CASES: Readonly<Record<keyof typeof OPERATORS | 'if' | 'loop', OperatorCase>> = {
  abs: unary('abs', Math.abs),
  add: arithmetic('add', (a, c) => a + c),
  and: logical('and', [0, 0, 0, 1]),
  argMax: { build: (g) => g.op.argMax(f(g, [1, 5, 5, 7, 2, 0], [2, 3]), -1), shape: [2, 1], data: [1, 0] },
  bitShift: row((g) => g.op.bitShift(u(g, [5, 0x80000001]), 1, 'left'), [10, 2]),
  bitwiseAnd: bitwise('bitwiseAnd', [0b1000, 1]),
  bitwiseNot: row((g) => g.op.bitwiseNot(u(g, [0, 0xfffffffe])), [0xffffffff, 1]),
  bitwiseOr: bitwise('bitwiseOr', [0b1110, 0xffffffff]),
  bitwiseXor: bitwise('bitwiseXor', [0b0110, 0xfffffffe]),
  cast: row((g) => g.op.cast(f(g, [-1.7, 2.9]), 'int32'), [-1, 2]),
  ceil: unary('ceil', Math.ceil),
  concat: {
    build: (g) => g.op.concat([six(g), f(g, [7, 8], [2, 1])], 1),
    shape: [2, 4],
    data: [1, 2, 3, 7, 4, 5, 6, 8],
  },
  constant: row((g) => g.op.constant('float64', [0.1, 0.2]), [0.1, 0.2]),
  constantOfShape: { build: (g) => g.op.constantOfShape([2, 2], 7, 'int32'), shape: [2, 2], data: [7, 7, 7, 7] },
  cos: unary('cos', Math.cos),
  cumSum: {
    build: (g) => g.op.cumSum(six(g), 1, { exclusive: true, reverse: true }),
    shape: [2, 3],
    data: [5, 3, 0, 11, 6, 0],
  },
  div: arithmetic('div', (a, c) => a / c),
  equal: arithmetic('equal', (a, c) => Number(a === c)),
  erf: row((g) => g.op.erf(f(g, [-2.5, 0, 2.5])), [-erf25, 0, erf25]),
  exp: unary('exp', Math.exp),
  expand: { build: (g) => g.op.expand(f(g, [1, 2], [2, 1]), [1, 3]), shape: [2, 3], data: [1, 1, 1, 2, 2, 2] },
  floor: unary('floor', Math.floor),
  fusedMatMul: {
    build: (g) => g.op.fusedMatMul(f(g, [1, 2, 3, 4], [2, 2]), f(g, [1, 0, 2, 1], [2, 2]), { alpha: 2, transA: true }),
    shape: [2, 2],
    data: [14, 6, 20, 8],
  },
  gather: { build: (g) => g.op.gather(six(g), i(g, [2, 0, -1]), 1), shape: [2, 3], data: [3, 1, 3, 6, 4, 6] },
  gatherElements: { build: (g) => g.op.gatherElements(six(g), i(g, [2, 0], [2, 1]), 1), shape: [2, 1], data: [3, 4] },
  gatherND: { build: (g) => g.op.gatherND(six(g), i(g, [1, 0, 0, 2], [2, 2])), shape: [2], data: [4, 3] },
  // x·Φ(x) with Φ(1) = 0.8413447460685429
  gelu: row((g) => g.op.gelu(f(g, [-1, 0, 1])), [-0.15865525393145707, 0, 0.8413447460685429]),
  gemm: {
    build: (g) => g.op.gemm(six(g), f(g, [1, 0, 1, 0, 1, 1], [2, 3]), f(g, [10, 20]), { transB: true, beta: 0.5 }),
    shape: [2, 2],
    data: [9, 15, 15, 21],
  },
  greater: arithmetic('greater', (a, c) => Number(a > c)),
  greaterOrEqual: arithmetic('greaterOrEqual', (a, c) => Number(a >= c)),
  identity: unary('identity', (x) => x),
  if: row(
    (g) =>
      g.op.if(
        b(g, [1]),
        (t) => [t.op.add(f(g, [1, 2]), 1)],
        (e) => [e.op.neg(f(g, [1, 2]))],
      )[0],
    [2, 3],
  ),
  isInf: row((g) => g.op.isInf(f(g, [1, Infinity, -Infinity, NaN])), [0, 1, 1, 0]),
  isNaN: row((g) => g.op.isNaN(f(g, [1, Infinity, NaN])), [0, 0, 1]),
  layerNormalization: {
    build: (g) => g.op.layerNormalization(six(g), f(g, [1, 2, 3]), f(g, [0, 1, 0]), { epsilon: 0 }),
    shape: [2, 3],
    data: [...layerNormed, ...layerNormed].map((x, k) => x * ((k % 3) + 1) + (k % 3 === 1 ? 1 : 0)),
  },
  less: arithmetic('less', (a, c) => Number(a < c)),
  lessOrEqual: arithmetic('lessOrEqual', (a, c) => Number(a <= c)),
  log: positive('log', Math.log),
  logSoftmax: row((g) => g.op.logSoftmax(f(g, [0, Math.log(3)])), [Math.log(0.25), Math.log(0.75)]),
  loop: row(
    (g) => {
      const body = (inner: GraphBuilder, turn: Value, [sum]: readonly [Value]) => {
        const next = inner.op.add(sum, inner.op.cast(turn, 'float32'));
        return { state: [next], scan: [next] } as const;
      };
      return g.op.loop({ tripCount: 4, state: [f(g, [10], [])], body }).scan[0];
    },
    [10, 11, 13, 16],
  ),
  matMul: { build: (g) => g.op.matMul(six(g), f(g, [1, 2, 3], [3, 1])), shape: [2, 1], data: [14, 32] },
  max: arithmetic('max', Math.max),
  min: arithmetic('min', Math.min),
  mod: row((g) => g.op.mod(f(g, [-5, 5, 5.5]), 3, { fmod: true }), [-2, 2, 2.5]),
  mul: arithmetic('mul', (a, c) => a * c),
  neg: unary('neg', (x) => 0 - x),
  not: row((g) => g.op.not(b(g, [0, 1])), [1, 0]),
  oneHot: {
    build: (g) => g.op.oneHot(i(g, [1, 0]), 3, { on: 5, off: -1 }),
    shape: [2, 3],
    data: [-1, 5, -1, 5, -1, -1],
  },
  or: logical('or', [0, 1, 1, 1]),
  pad: { build: (g) => g.op.pad(six(g), [1, -1], { axes: [1], value: 9 }), shape: [2, 3], data: [9, 1, 2, 9, 4, 5] },
  pow: arithmetic('pow', (a, c) => a ** c),
  range: row((g) => g.op.range(1, 8, 3), [1, 4, 7]),
  reciprocal: positive('reciprocal', (x) => 1 / x),
  reduceMax: { build: (g) => g.op.reduceMax(six(g), [1]), shape: [2, 1], data: [3, 6] },
  reduceMean: { build: (g) => g.op.reduceMean(six(g), [0], { keepDims: false }), shape: [3], data: [2.5, 3.5, 4.5] },
  reduceMin: { build: (g) => g.op.reduceMin(six(g)), shape: [1, 1], data: [1] },
  reduceSum: { build: (g) => g.op.reduceSum(six(g), [-1], { keepDims: false }), shape: [2], data: [6, 15] },
  reduceSumSquare: { build: (g) => g.op.reduceSumSquare(six(g), [1]), shape: [2, 1], data: [14, 77] },
  relu: unary('relu', (x) => Math.max(x, 0)),
  reshape: { build: (g) => g.op.reshape(six(g), [3, -1]), shape: [3, 2], data: [1, 2, 3, 4, 5, 6] },
  // A quarter turn at position 1: (a, b) becomes (−b, a).
  rotaryEmbedding: {
    build: (g) => {
      const x = f(g, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4]);
      return g.op.rotaryEmbedding(x, i(g, [0, 1], [1, 2]), f(g, [1, 1, 0, 0], [2, 2]), f(g, [0, 0, 1, 1], [2, 2]));
    },
    shape: [1, 2, 4],
    data: [1, 2, 3, 4, -7, -8, 5, 6],
  },
  round: row((g) => g.op.round(f(g, [-1.5, 0.5, 1.5, 2.6])), [-2, 0, 2, 3]),
  scatterElements: {
    build: (g) => g.op.scatterElements(six(g), i(g, [0, 0], [1, 2]), f(g, [10, 20], [1, 2]), 1, 'add'),
    shape: [2, 3],
    data: [31, 2, 3, 4, 5, 6],
  },
  scatterND: {
    build: (g) => g.op.scatterND(six(g), i(g, [1], [1, 1]), f(g, [7, 8, 9], [1, 3])),
    shape: [2, 3],
    data: [1, 2, 3, 7, 8, 9],
  },
  shape: row((g) => g.op.shape(six(g)), [2, 3]),
  sigmoid: unary('sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  sign: unary('sign', Math.sign),
  sin: unary('sin', Math.sin),
  size: { build: (g) => g.op.size(six(g)), shape: [], data: [6] },
  slice: {
    build: (g) => g.op.slice(six(g), { starts: [-1], ends: [-4], axes: [1], steps: [-2] }),
    shape: [2, 2],
    data: [3, 1, 6, 4],
  },
  softmax: { build: (g) => g.op.softmax(f(g, [0, Math.log(3)], [2, 1]), 0), shape: [2, 1], data: [0.25, 0.75] },
  split: { build: (g) => g.op.split(six(g), 1, [2, 1])[1]!, shape: [2, 1], data: [3, 6] },
  sqrt: positive('sqrt', Math.sqrt),
  squeeze: { build: (g) => g.op.squeeze(f(g, [1, 2], [1, 2, 1]), [0]), shape: [2, 1], data: [1, 2] },
  sub: arithmetic('sub', (a, c) => a - c),
  tanh: unary('tanh', Math.tanh),
  tile: { build: (g) => g.op.tile(f(g, [1, 2], [1, 2]), [2, 2]), shape: [2, 4], data: [1, 2, 1, 2, 1, 2, 1, 2] },
  topK: { build: (g) => g.op.topK(f(g, [1, 9, 5], [1, 3]), 2).indices, shape: [1, 2], data: [1, 2] },
  transpose: { build: (g) => g.op.transpose(six(g)), shape: [3, 2], data: [1, 4, 2, 5, 3, 6] },
  trilu: { build: (g) => g.op.trilu(six(g), { upper: true, k: 1 }), shape: [2, 3], data: [0, 2, 3, 0, 0, 6] },
  unsqueeze: { build: (g) => g.op.unsqueeze(six(g), [0, -1]), shape: [1, 2, 3, 1], data: [1, 2, 3, 4, 5, 6] },
  where: row((g) => g.op.where(b(g, [1, 0, 1]), f(g, [1, 2, 3]), -1), [1, -1, 3]),
  xor: logical('xor', [0, 1, 1, 0]),
};

it('has a case for every operator', () => {
  expect(Object.keys(OPERATOR_CASES).toSorted()).toEqual([...Object.keys(OPERATORS), 'if', 'loop'].toSorted());
});

it.each(Object.entries(OPERATOR_CASES))('%s gives the right numbers and shape', async (_, { build, shape, data }) => {
  const g = new GraphBuilder();
  const y = build(g);
  g.output('y', y);
  g.output('shape', g.node('Shape', [y], { outputs: [{ type: 'int64', shape: [y.shape.length] }] })[0]!);
  const results = await (await openWithOnnxRuntime(g.toBytes()))({});
  expect(y.shape).toEqual(shape);
  expect(results.shape).toEqual(shape);
  // Both are float32 at most, after one operation of a few terms.
  expect(relativeError(Array.from(results.y!), data)).toBeLessThan(1e-6);
});

it.each(['int32', 'uint32', 'int64'] as const satisfies readonly ElementType[])(
  '%s products wrap around',
  async (type) => {
    const g = new GraphBuilder();
    const x = g.input('x', type, [1]);
    g.output('y', g.op.mul(x, x));
    const { y } = await (await openWithOnnxRuntime(g.toBytes()))({ x: { type, shape: [1], data: [70_000] } });
    const wrapped = { int32: (70_000 ** 2) | 0, uint32: 70_000 ** 2 % 2 ** 32, int64: 70_000 ** 2 };
    expect(y).toEqual([wrapped[type]]);
  },
);
