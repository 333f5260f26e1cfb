import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { GraphErrorCode } from './errors.js';
import { GraphBuilder } from './graph-builder.js';
import { ModelProtoSchema } from './onnx_pb.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';
import type { Value } from './value.js';

const operatorsOf = (g: GraphBuilder) =>
  fromBinary(ModelProtoSchema, g.toBytes()).graph!.node.map(({ opType }) => opType);

function small(): { g: GraphBuilder; x: Value; y: Value } {
  const g = new GraphBuilder();
  return { g, x: g.input('x', 'float32', ['B', 3]), y: g.input('y', 'float32', [4, 5]) };
}

describe('errors while building', () => {
  const cases: readonly (readonly [string, GraphErrorCode, (g: GraphBuilder, x: Value, y: Value) => unknown])[] = [
    ['inner sizes of a product differ', 'GRAPH_SHAPE_MISMATCH', (g, x, y) => g.op.matMul(x, y)],
    ['sizes do not broadcast', 'GRAPH_SHAPE_MISMATCH', (g, x, y) => g.op.add(x, y)],
    ['a product of scalars', 'GRAPH_SHAPE_MISMATCH', (g, x) => g.op.matMul(g.constant('float32', 1), x)],
    [
      'a bias is larger than the product',
      'GRAPH_SHAPE_MISMATCH',
      (g, _, y) => g.op.gemm(y, y, g.constant('float32', [1, 2], [1, 1, 2]), { transB: true }),
    ],
    ['a reshape changes the number of elements', 'GRAPH_SHAPE_MISMATCH', (g, _, y) => g.op.reshape(y, [3, 7])],
    ['-1 does not come out even', 'GRAPH_SHAPE_MISMATCH', (g, _, y) => g.op.reshape(y, [-1, 3])],
    ['parts do not add up', 'GRAPH_SHAPE_MISMATCH', (g, _, y) => g.op.split(y, 1, [2, 2])],
    ['joined values differ elsewhere', 'GRAPH_SHAPE_MISMATCH', (g, x, y) => g.op.concat([x, y], 0)],
    ['squeezes an axis that is not 1', 'GRAPH_SHAPE_MISMATCH', (g, _, y) => g.op.squeeze(y, [0])],
    ['element types are mixed', 'GRAPH_TYPE_MISMATCH', (g, x) => g.op.add(x, g.constant('int32', 1))],
    ['an index is no integer', 'GRAPH_TYPE_MISMATCH', (g, x, y) => g.op.gather(y, x)],
    ['a condition is no bool', 'GRAPH_TYPE_MISMATCH', (g, x) => g.op.where(x, x, 0)],
    ['an exponential of integers', 'GRAPH_TYPE_MISMATCH', (g) => g.op.exp(g.constant('int32', 1))],
    [
      'branches give different types',
      'GRAPH_TYPE_MISMATCH',
      (g, x) =>
        g.op.if(
          g.constant('bool', true),
          (b) => [b.op.neg(x)],
          (b) => [b.op.cast(x, 'int32')],
        ),
    ],
    [
      'a state changes its size',
      'GRAPH_TYPE_MISMATCH',
      (g, _, y) => g.op.loop({ tripCount: 2, state: [y], body: (b, __, [s]) => ({ state: [b.op.concat([s, s], 0)] }) }),
    ],
    ['an axis is out of range', 'GRAPH_ARGUMENT_INVALID', (g, x) => g.op.softmax(x, 2)],
    ['a permutation names an axis twice', 'GRAPH_ARGUMENT_INVALID', (g, x) => g.op.transpose(x, [0, 0])],
    ['numbers only', 'GRAPH_ARGUMENT_INVALID', (g) => g.op.add(1, 2)],
    [
      'a branch gives fewer results',
      'GRAPH_ARGUMENT_INVALID',
      (g, x) =>
        g.op.if(
          g.constant('bool', true),
          (b) => [b.op.neg(x)],
          () => [] as unknown as readonly [Value],
        ),
    ],
    ['a name is given twice', 'GRAPH_NAME_TAKEN', (g) => g.input('x', 'float32', [])],
    ['a name is empty', 'GRAPH_NAME_TAKEN', (g) => g.input('', 'float32', [])],
    [
      'too few elements',
      'GRAPH_INITIALIZER_SIZE',
      (g) => g.initializer('w', { type: 'float32', shape: [2, 2], data: [1] }),
    ],
    [
      'external bytes of the wrong length',
      'GRAPH_INITIALIZER_SIZE',
      (g) => g.initializer('w', { type: 'float32', shape: [2], location: 'w.bin', offset: 0, length: 4 }),
    ],
    ['a value of another model', 'GRAPH_SCOPE_INVALID', (g) => g.op.neg(small().x)],
    ['a value that no builder made', 'GRAPH_SCOPE_INVALID', (g) => g.op.neg({ name: 'x', type: 'float32', shape: [] })],
    ['an operator outside the table', 'GRAPH_OPERATOR_UNKNOWN', (g, x) => g.node('MatMull', [x, x])],
    [
      'a body value outside its body',
      'GRAPH_SCOPE_INVALID',
      (g, x) => {
        const inner: Value[] = [];
        g.op.if(
          g.constant('bool', true),
          (b) => {
            inner.push(b.op.neg(x));
            return [b.op.exp(x)] as const;
          },
          (b) => [b.op.abs(x)],
        );
        g.op.neg(inner[0]!);
      },
    ],
  ];
  it.each(cases)('%s: %s', (_, code, build) => {
    const { g, x, y } = small();
    expect(() => build(g, x, y)).toThrow(expect.objectContaining({ code, fix: expect.stringMatching(/.{8}/) }));
  });

  it('suggests the operator that was meant', () => {
    const { g, x } = small();
    expect(() => g.node('Softmaxx', [x])).toThrow(/Did you mean Softmax\?/);
  });
});

describe('shapes', () => {
  const cases: readonly (readonly [string, (g: GraphBuilder, x: Value) => Value, readonly (number | string)[]])[] = [
    ['a named size keeps its name', (g, x) => g.op.exp(x), ['B', 'T', 6]],
    [
      'a size of 1 broadcasts to a name',
      (g, x) => g.op.add(x, g.constant('float32', [1, 2, 3, 4, 5, 6], [1, 6])),
      ['B', 'T', 6],
    ],
    ['0 keeps a size and -1 takes the rest', (g, x) => g.op.reshape(x, [0, -1, 2, 3]), ['B', 'T', 2, 3]],
    ['merged names become their product', (g, x) => g.op.reshape(x, [-1, 6]), ['B*T', 6]],
    ['a product with a number', (g, x) => g.op.reshape(x, [-1, 2]), ['3*B*T', 2]],
    ['a product is taken apart again', (g, x) => g.op.reshape(g.op.reshape(x, [-1, 6]), g.op.shape(x)), ['B', 'T', 6]],
    [
      'a computed shape is followed',
      (g, x) => g.op.reshape(x, g.op.concat([g.op.shape(x, { end: 2 }), g.constant('int64', [2, 3])], 0)),
      ['B', 'T', 2, 3],
    ],
    [
      'a range over a size has that size',
      (g, x) => g.op.range(0, g.op.squeeze(g.op.shape(x, { start: 1, end: 2 }), [0])),
      ['T'],
    ],
    [
      'a slice to the end of a name',
      (g, x) => g.op.slice(x, { starts: [0], ends: [Infinity], axes: [1] }),
      ['B', 'T', 6],
    ],
    [
      'a slice of a number',
      (g, x) => g.op.slice(x, { starts: [-4], ends: [-1], axes: [2], steps: [2] }),
      ['B', 'T', 2],
    ],
    ['one-hot depth by name', (g, x) => g.op.oneHot(g.constant('int64', [0]), g.op.gather(g.op.shape(x), 1)), [1, 'T']],
    ['reduced axes go', (g, x) => g.op.reduceSum(x, [0, -1], { keepDims: false }), ['T']],
    ['padding by 0 keeps a name', (g, x) => g.op.pad(x, [0, 1, 0, 1], { axes: [0, 2] }), ['B', 'T', 8]],
    ['known shapes become constants', (g) => g.op.shape(g.constant('float32', [1, 2])), [1]],
  ];
  it.each(cases)('%s', (_, build, shape) => {
    const g = new GraphBuilder();
    expect(build(g, g.input('x', 'float32', ['B', 'T', 6])).shape).toEqual(shape);
  });

  it('names what it cannot know', () => {
    const { g, x } = small();
    const other = g.input('z', 'float32', ['C', 3]);
    expect(g.op.add(x, other).shape).toEqual(['unknown_1', 3]);
  });
});

describe('what is written', () => {
  it('is the same for the same program', () => {
    const program = () => {
      const { g, x } = small();
      g.output(
        'z',
        g.op.loop({ tripCount: 3, state: [x], body: (b, _, [s]) => ({ state: [b.op.mul(s, 2)] }) }).state[0],
      );
      return g.toBytes();
    };
    expect(program()).toEqual(program());
  });

  it('merges equal nodes and equal constants, and leaves out what no output needs', () => {
    const { g, x, y } = small();
    g.op.exp(y);
    const once = g.op.mul(g.op.exp(x), g.constant('float32', 2));
    const again = g.op.mul(g.op.exp(x), 2);
    g.output('z', g.op.add(once, again));
    expect(operatorsOf(g)).toEqual(['Exp', 'Mul', 'Add']);
    expect(fromBinary(ModelProtoSchema, g.toBytes()).graph!.initializer).toHaveLength(1);
  });

  it('keeps nodes apart that differ in an attribute, or draw random numbers', () => {
    const { g, x } = small();
    const draw = () => g.node('RandomNormalLike', [x], { outputs: [x] })[0]!;
    const values = [g.op.softmax(x, 0), g.op.softmax(x, 1), draw(), draw()];
    g.output('z', g.op.concat(values, 0));
    expect(operatorsOf(g)).toEqual(['Softmax', 'Softmax', 'RandomNormalLike', 'RandomNormalLike', 'Concat']);
  });

  it('takes a value that was computed around a body from there, but not one that is computed later', () => {
    const { g, x } = small();
    const condition = g.constant('bool', true);
    const branch = (b: GraphBuilder) => [b.op.neg(b.op.exp(x))] as const;
    const [before] = g.op.if(condition, branch, branch);
    g.output('a', g.op.add(before, g.op.exp(x)));
    const inner = (model: GraphBuilder) => {
      const node = fromBinary(ModelProtoSchema, model.toBytes()).graph!.node.find(({ opType }) => opType === 'If')!;
      return node.attribute[0]!.g!.node.map(({ opType }) => opType);
    };
    expect(inner(g)).toEqual(['Exp', 'Neg']);
    const { g: h, x: w } = small();
    const outer = h.op.exp(w);
    const [after] = h.op.if(
      h.constant('bool', true),
      (b) => [b.op.neg(b.op.exp(w))],
      (b) => [b.op.neg(outer)],
    );
    h.output('a', after);
    expect(inner(h)).toEqual(['Neg']);
  });

  it('gives outputs their names: of results, inputs, constants, and one value under two names', async () => {
    const { g, x } = small();
    const y = g.op.neg(x);
    g.output('first', y);
    g.output('second', y);
    g.output('fed', x);
    g.output('fixed', g.constant('float32', 7));
    const [chosen] = g.op.if(
      g.constant('bool', true),
      () => [y],
      (b) => [b.op.exp(x)],
    );
    g.output('chosen', chosen);
    const run = await openWithOnnxRuntime(g.toBytes());
    const feeds = {
      x: { type: 'float32', shape: [1, 3], data: [1, 2, 3] },
      y: { type: 'float32', shape: [4, 5], data: new Float32Array(20) },
    } as const;
    expect(await run(feeds)).toEqual({
      first: [-1, -2, -3],
      second: [-1, -2, -3],
      fed: [1, 2, 3],
      fixed: [7],
      chosen: [-1, -2, -3],
    });
  });

  it('lets bodies read values that go out under another name', async () => {
    const { g, x } = small();
    const doubled = g.op.mul(x, 2);
    g.output('doubled', doubled);
    const { state } = g.op.loop({ tripCount: 2, state: [x], body: (b, _, [s]) => ({ state: [b.op.add(s, doubled)] }) });
    g.output('sum', state[0]);
    const run = await openWithOnnxRuntime(g.toBytes());
    const y = { type: 'float32', shape: [4, 5], data: new Float32Array(20) } as const;
    expect((await run({ x: { type: 'float32', shape: [1, 3], data: [1, 2, 3] }, y })).sum).toEqual([5, 10, 15]);
  });

  it('stops a loop when its condition fails, and lets named sizes grow', async () => {
    const g = new GraphBuilder();
    const start = g.constant('float32', [1]);
    const { state, scan } = g.op.loop({
      state: [start],
      stateShapes: [['N']],
      body: (b, _, [s]) => {
        const next = b.op.concat([s, s], 0);
        const size = b.op.size(next);
        return { state: [next], scan: [size], condition: b.op.less(size, 8) };
      },
    });
    g.output('sizes', scan[0]);
    g.output('all', state[0]);
    const results = await (await openWithOnnxRuntime(g.toBytes()))({});
    expect(results).toEqual({ sizes: [2, 4, 8], all: [1, 1, 1, 1, 1, 1, 1, 1] });
  });

  it('names the sizes of what nodes compute where they are many, for the runtime that plans its memory', async () => {
    const build = (nodes: number): Uint8Array => {
      const g = new GraphBuilder({ name: 'long' });
      const x = g.input('x', 'float32', ['N', 2]);
      let y: Value = x;
      for (let i = 0; i < nodes; i++) y = i % 2 === 0 ? g.op.transpose(y, [1, 0]) : g.op.add(y, i % 4 === 1 ? 1 : -1);
      g.output('y', g.op.relu(y));
      return g.toBytes();
    };
    const infoOf = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph!.valueInfo;
    expect(infoOf(build(3000))).toEqual([]);
    const large = build(4400);
    const shapes = infoOf(large).map(({ type }) =>
      type!.value.case === 'tensorType' ? type!.value.value.shape!.dim.map(({ value }) => String(value.value)) : [],
    );
    expect(shapes).toHaveLength(4400);
    expect(shapes.slice(0, 3)).toEqual([
      ['2', 'N'],
      ['2', 'N'],
      ['N', '2'],
    ]);
    const run = await openWithOnnxRuntime(large);
    const x = { type: 'float32', shape: [1, 2], data: [3, 4] } as const;
    expect(await run({ x })).toEqual({ y: [3, 4] });
  });

  it('points to external data, and states the operator sets it uses', () => {
    const g = new GraphBuilder({ name: 'external', description: 'weights beside the model' });
    const w = g.initializer('w', { type: 'float32', shape: [2, 2], location: 'w.bin', offset: 4096, length: 16 });
    g.output('z', g.op.fusedMatMul(w, w, { transB: true }));
    const model = fromBinary(ModelProtoSchema, g.toBytes());
    expect(model.graph!.initializer[0]!.externalData.map(({ key, value }) => [key, value])).toEqual([
      ['location', 'w.bin'],
      ['offset', '4096'],
      ['length', '16'],
    ]);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 21n],
      ['com.microsoft', 1n],
    ]);
    expect(model.docString).toBe('weights beside the model');
  });
});
