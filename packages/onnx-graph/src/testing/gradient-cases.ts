import type { Attributes } from '../attribute.js';
import type { GradientCase } from '../check-gradient.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../value.js';

type Build = GradientCase['build'];

/** How a case of fixtures/gradients.json is built here; its inputs and PyTorch's numbers are in the fixture. */
export interface RuleCase {
  readonly build: Build;
  /** Where the runtime's CPU kernel has no float64, with the tolerance that float32 differences leave. */
  readonly float32Only?: boolean;
}

const unary =
  (
    name:
      | 'abs'
      | 'cos'
      | 'exp'
      | 'identity'
      | 'log'
      | 'neg'
      | 'reciprocal'
      | 'relu'
      | 'sigmoid'
      | 'sin'
      | 'sqrt'
      | 'tanh',
  ): Build =>
  (g, [x]) =>
    g.op[name](x!);

const binary =
  (name: 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'pow' | 'matMul'): Build =>
  (g, [a, b]) =>
    g.op[name](a!, b!);

const timesItself =
  (name: 'ceil' | 'floor' | 'round' | 'sign'): Build =>
  (g, [x]) =>
    g.op.mul(g.op[name](x!), x!);

const fused =
  (transA: boolean, transB: boolean): Build =>
  (g, [a, b]) =>
    g.op.fusedMatMul(a!, b!, { alpha: 0.5, transA, transB });

const IDS = [0, 2, 2, 3, 0, 2];
const ids = (g: GraphBuilder): Value => g.constant('int64', IDS, [2, 3]);

const branches =
  (taken: boolean): Build =>
  (g, [a, b]) => {
    // The condition comes from the data, so that the branch is chosen at run time.
    const sum = g.op.reduceSum(g.op.mul(a!, 0), [0], { keepDims: false });
    const condition = taken ? g.op.less(sum, 1) : g.op.greater(sum, 1);
    const around = g.op.mul(a!, 1);
    const [y] = g.op.if(
      condition,
      (then) => [then.op.add(then.op.mul(then.op.exp(around), b!), a!)],
      (otherwise) => [otherwise.op.mul(around, a!)],
    );
    return y;
  };

/** Operators without a typed function: met in imported models. */
const node = (
  g: GraphBuilder,
  operator: string,
  inputs: readonly (Value | null)[],
  attributes: Attributes = {},
): Value => g.node(operator, inputs, { attributes })[0]!;

const rotary =
  (interleaved: boolean): Build =>
  (g, [x]) => {
    const angles = Array.from({ length: 12 }, (_, i) => Math.floor(i / 2) * 0.1 ** (i % 2));
    const table = (compute: (angle: number) => number) => g.constant('float32', angles.map(compute), [6, 2]);
    const positions = g.constant('int64', [5, 1, 3, 5, 1, 3], [2, 3]);
    return g.op.rotaryEmbedding(x!, positions, table(Math.cos), table(Math.sin), { interleaved });
  };

/** One entry or more for every rule, named `Operator/what is special`. */
export const GRADIENT_CASES = {
  'Abs/signs': { build: unary('abs') },
  'Add/broadcast': { build: binary('add') },
  'Add/twice the same': { build: (g, [a]) => g.op.add(a!, a!) },
  'Cast/to float32': {
    build: (g, [a]) => g.op.cast(g.op.mul(g.op.cast(a!, 'float32'), 3), a!.type),
    float32Only: true,
  },
  'Ceil/flat': { build: timesItself('ceil') },
  'Clip/both limits': { build: (g, [a]) => node(g, 'Clip', [a!, g.constant(a!.type, -1), g.constant(a!.type, 1)]) },
  'Clip/no lower limit': { build: (g, [a]) => node(g, 'Clip', [a!, null, g.constant(a!.type, 0.1)]) },
  'Concat/middle axis': { build: (g, inputs) => g.op.concat(inputs, 1) },
  'Cos/any': { build: unary('cos') },
  'CumSum/forward': { build: (g, [a]) => g.op.cumSum(a!, 1) },
  'CumSum/reverse exclusive': { build: (g, [a]) => g.op.cumSum(a!, 1, { exclusive: true, reverse: true }) },
  'Div/broadcast': { build: binary('div') },
  'Dropout/inference': { build: (g, [a]) => node(g, 'Dropout', [a!]) },
  'Dropout/keeps all while training': {
    build: (g, [a]) => node(g, 'Dropout', [a!, g.constant(a!.type, 0), g.constant('bool', true)]),
  },
  'Erf/any': { build: (g, [x]) => g.op.erf(x!), float32Only: true },
  'Exp/any': { build: unary('exp') },
  'Expand/new and inner axes': { build: (g, [a]) => g.op.expand(a!, [2, 3, 4]) },
  'Flatten/two axes': {
    build: (g, [a]) => {
      const rows = node(g, 'Flatten', [a!], { axis: { kind: 'int', value: -1 } });
      return g.op.mul(rows, g.op.identity(rows));
    },
  },
  'Floor/flat': { build: timesItself('floor') },
  'FusedMatMul/both': { build: fused(true, true), float32Only: true },
  'FusedMatMul/plain': { build: fused(false, false), float32Only: true },
  'FusedMatMul/transA': { build: fused(true, false), float32Only: true },
  'FusedMatMul/transB': { build: fused(false, true), float32Only: true },
  'Gather/inner axis': { build: (g, [a]) => g.op.gather(a!, ids(g), 1) },
  'Gather/of one axis': { build: (g, [a]) => g.op.gather(a!, ids(g)) },
  'Gather/one slice': { build: (g, [a]) => g.op.gather(a!, -1, 1) },
  'Gather/rows of a large table': { build: (g, [a]) => g.op.gather(a!, ids(g)) },
  'Gather/rows repeated': { build: (g, [a]) => g.op.gather(a!, ids(g)) },
  'GatherElements/repeated': { build: (g, [a]) => g.op.gatherElements(a!, ids(g), 1) },
  'GatherND/batched': {
    build: (g, [a]) => g.op.gatherND(a!, g.constant('int64', [1, -3, 3, 0, 1, 2], [2, 3, 1]), { batchDims: 1 }),
  },
  'GatherND/tuples': { build: (g, [a]) => g.op.gatherND(a!, g.constant('int64', [0, 3, 1, 0, 0, -1], [3, 2])) },
  'Gelu/exact': { build: (g, [x]) => g.op.gelu(x!), float32Only: true },
  'Gelu/tanh': { build: (g, [x]) => g.op.gelu(x!, { approximate: 'tanh' }), float32Only: true },
  'Gemm/bias': { build: (g, [a, b, c]) => g.op.gemm(a!, b!, c!, { alpha: 0.5, beta: 2 }) },
  'Gemm/transposed': { build: (g, [a, b]) => g.op.gemm(a!, b!, null, { transA: true, transB: true }) },
  'Identity/same': { build: (g, [a]) => g.op.mul(g.op.identity(a!), a!) },
  'If/not taken': { build: branches(false) },
  'If/taken': { build: branches(true) },
  'LayerNormalization/with bias': { build: (g, [x, scale, bias]) => g.op.layerNormalization(x!, scale!, bias!) },
  'LeakyRelu/signs': {
    build: (g, [a]) => node(g, 'LeakyRelu', [a!], { alpha: { kind: 'float', value: 0.2 } }),
    float32Only: true,
  },
  'Log/positive': { build: unary('log') },
  'LogSoftmax/cross-entropy': {
    build: (g, [a]) => g.op.gatherElements(g.op.logSoftmax(a!), g.constant('int64', [1, 3, 0], [3, 1]), 1),
  },
  'LogSoftmax/first axis': { build: (g, [a]) => g.op.logSoftmax(a!, 0) },
  'LogSoftmax/last axis': { build: (g, [a]) => g.op.logSoftmax(a!) },
  'MatMul/broadcast batch': { build: binary('matMul') },
  'MatMul/linear': { build: binary('matMul') },
  'MatMul/matrices': { build: binary('matMul') },
  'MatMul/matrices by vector': { build: binary('matMul') },
  'MatMul/vector by matrices': { build: binary('matMul') },
  'MatMul/vectors': { build: binary('matMul') },
  'Max/with a tie': { build: binary('max') },
  'Min/with a tie': { build: binary('min') },
  'Mul/broadcast': { build: binary('mul') },
  'Mul/square of a repeated gradient': { build: (g, [a]) => g.op.reduceMean(g.op.mul(a!, a!), [-1]) },
  // ONNX Runtime 1.30 fuses both to QuickGelu in any type, and then has no float64 kernel for it.
  'Mul/SiLU': { build: (g, [a]) => g.op.mul(a!, g.op.sigmoid(a!)), float32Only: true },
  'Mul/SiLU the other way round': { build: (g, [a]) => g.op.mul(g.op.sigmoid(a!), a!), float32Only: true },
  'Neg/any': { build: unary('neg') },
  'Pad/around and inside': { build: (g, [a]) => g.op.pad(a!, [1, -1, 0, 2]) },
  'Pow/at zero': { build: binary('pow') },
  'Pow/both': { build: binary('pow') },
  'Pow/constant': { build: (g, [a]) => g.op.pow(a!, -1.5) },
  'Pow/square': { build: (g, [a]) => g.op.pow(a!, 2) },
  'Reciprocal/any': { build: unary('reciprocal') },
  'ReduceMax/with a tie': { build: (g, [a]) => g.op.reduceMax(a!, [1], { keepDims: false }) },
  'ReduceMean/two axes': { build: (g, [a]) => g.op.reduceMean(a!, [0, -1], { keepDims: false }) },
  'ReduceMin/all': { build: (g, [a]) => g.op.reduceMin(a!) },
  'ReduceSum/last axis': { build: (g, [a]) => g.op.reduceSum(a!, [-1]) },
  'ReduceSumSquare/last axis': { build: (g, [a]) => g.op.reduceSumSquare(a!, [-1], { keepDims: false }) },
  'Relu/signs': { build: unary('relu') },
  'Reshape/other rank': { build: (g, [a]) => g.op.reshape(a!, [3, 2, 2]) },
  'RotaryEmbedding/halves': { build: rotary(false), float32Only: true },
  'RotaryEmbedding/interleaved': { build: rotary(true), float32Only: true },
  'Round/flat': { build: timesItself('round') },
  'ScatterElements/add': { build: (g, [a, u]) => g.op.scatterElements(a!, ids(g), u!, 1, 'add') },
  'ScatterElements/replace': {
    build: (g, [a, u]) => g.op.scatterElements(a!, g.constant('int64', [0, 2, 3, 1], [2, 2]), u!, 1),
  },
  'ScatterND/add': { build: (g, [a, u]) => g.op.scatterND(a!, g.constant('int64', [3, 1], [2, 1]), u!, 'add') },
  'ScatterND/replace': { build: (g, [a, u]) => g.op.scatterND(a!, g.constant('int64', [3, 1], [2, 1]), u!) },
  'Sigmoid/any': { build: unary('sigmoid') },
  'Sign/flat': { build: timesItself('sign') },
  'Sin/any': { build: unary('sin') },
  'Slice/backwards in steps': {
    build: (g, [a]) => g.op.slice(a!, { starts: [-1], ends: [-Infinity], axes: [0], steps: [-2] }),
  },
  'Slice/two axes': { build: (g, [a]) => g.op.slice(a!, { starts: [1, 1], ends: [Infinity, -1] }) },
  'Softmax/first axis': { build: (g, [a]) => g.op.softmax(a!, 0) },
  'Softmax/last axis': { build: (g, [a]) => g.op.softmax(a!) },
  'Softmax/attention': { build: (g, [a, v]) => g.op.matMul(g.op.softmax(a!), v!) },
  'Softplus/any': { build: (g, [a]) => node(g, 'Softplus', [a!]), float32Only: true },
  'Split/one part unused': {
    build: (g, [a]) => {
      const [first, , last] = g.op.split(a!, 1, [2, 2, 2]);
      return g.op.mul(first!, last!);
    },
  },
  'Sqrt/positive': { build: unary('sqrt') },
  'Squeeze/one axis': { build: (g, [a]) => g.op.squeeze(a!, [1]) },
  'Sub/broadcast': { build: binary('sub') },
  'Sum/three': { build: (g, inputs) => node(g, 'Sum', inputs) },
  'Tanh/any': { build: unary('tanh') },
  'Tile/both axes': { build: (g, [a]) => g.op.tile(a!, [2, 3]) },
  'TopK/values': { build: (g, [a]) => g.op.topK(a!, 2, 1).values },
  'Transpose/reversed': { build: (g, [a]) => g.op.transpose(a!) },
  'Transpose/three axes': { build: (g, [a]) => g.op.transpose(a!, [2, 0, 1]) },
  'Trilu/lower': { build: (g, [a]) => g.op.trilu(a!) },
  'Trilu/upper': { build: (g, [a]) => g.op.trilu(a!, { upper: true, k: 1 }) },
  'Unsqueeze/two axes': { build: (g, [a]) => g.op.unsqueeze(a!, [1, -1]) },
  'Where/RMS normalisation': {
    build: (g, [x, scale]) => {
      const mean = g.op.mul(g.op.reduceSumSquare(x!, [-1]), 1 / 4);
      return g.op.mul(g.op.mul(x!, g.op.reciprocal(g.op.sqrt(g.op.add(mean, 1e-6)))), scale!);
    },
  },
  'Where/broadcast': { build: (g, [a, b]) => g.op.where(g.constant('bool', [true, false], [2, 1]), a!, b!) },
} as const satisfies Record<string, RuleCase>;
