import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { checkGradient, relativeError } from './check-gradient.js';
import type { GradientRule } from './gradients/rule.js';
import { gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import { ModelProtoSchema, type NodeProto } from './onnx_pb.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';
import type { Value } from './value.js';

const nodesOf = (g: GraphBuilder): readonly NodeProto[] => fromBinary(ModelProtoSchema, g.toBytes()).graph!.node;
const operatorsOf = (g: GraphBuilder) => nodesOf(g).map(({ opType }) => opType);
const total = (g: GraphBuilder, x: Value) => g.op.reduceSum(x, undefined, { keepDims: false });

describe('what can be asked for', () => {
  it('names the operator without a rule, its node and the way out', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2]);
    const y = g.node('Mish', [x], { outputs: [x], name: 'layer 3' })[0]!;
    expect(() => gradients(g, total(g, y), [x])).toThrow(
      expect.objectContaining({
        code: 'GRAPH_GRADIENT_MISSING',
        what: 'Mish has no gradient rule that fits the node "layer 3".',
        fix: expect.stringContaining('{ rules: { Mish: rule } }'),
      }),
    );
  });

  it('takes a rule of the caller for an operator outside the table', async () => {
    // Mish(x) = x·tanh(softplus(x)), as a black box with a rule written from primitives.
    const softplus = (g: GraphBuilder, x: Value) => g.op.log(g.op.add(g.op.exp(x), 1));
    const mish: GradientRule = (g, node, dY) => {
      const x = node.inputs[0]!;
      const t = g.op.tanh(softplus(g, x));
      const slope = g.op.mul(g.op.mul(x, g.op.sub(1, g.op.mul(t, t))), g.op.sigmoid(x));
      return [g.op.mul(dY, g.op.add(t, slope))];
    };
    const check = await checkGradient(
      {
        inputs: [{ shape: [3], data: [-1, 0.5, 2] }],
        build: (g, [x]) => g.node('Mish', [x!], { outputs: [x!] })[0]!,
        type: 'float32',
        options: { rules: { Mish: mish } },
      },
      openWithOnnxRuntime,
    );
    expect(check.relativeError).toBeLessThan(3e-4);
  });

  it('does not look at operators off the way from the values to the loss', () => {
    const g = new GraphBuilder();
    const [x, z] = [g.input('x', 'float32', [2]), g.input('z', 'float32', [2])];
    const other = g.node('Mish', [z], { outputs: [z] })[0]!;
    const counted = g.node('Mish', [g.op.cast(g.op.cast(x, 'int32'), 'float32')], { outputs: [x] })[0]!;
    expect(gradients(g, total(g, g.op.mul(g.op.mul(x, other), counted)), [x])[0].shape).toEqual([2]);
  });

  it.each([
    [
      'a value the loss does not depend on',
      (g: GraphBuilder, x: Value) => gradients(g, total(g, x), [g.input('z', 'float32', [3])]),
      'GRAPH_GRADIENT_UNREACHED',
    ],
    [
      'a path that rounds to integers',
      (g: GraphBuilder, x: Value) => gradients(g, total(g, g.op.cast(g.op.cast(x, 'int64'), 'float32')), [x]),
      'GRAPH_GRADIENT_UNREACHED',
    ],
    [
      'an integer value',
      (g: GraphBuilder, x: Value) => gradients(g, total(g, x), [g.constant('int32', 1)]),
      'GRAPH_GRADIENT_UNREACHED',
    ],
    ['a loss with two elements', (g: GraphBuilder, x: Value) => gradients(g, x, [x]), 'GRAPH_LOSS_INVALID'],
    [
      'a loss of unknown size',
      (g: GraphBuilder) => gradients(g, g.input('l', 'float32', ['N']), []),
      'GRAPH_LOSS_INVALID',
    ],
    ['an integer loss', (g: GraphBuilder, x: Value) => gradients(g, g.op.size(x), [x]), 'GRAPH_LOSS_INVALID'],
    [
      'a weight that was looked up by a wrong name',
      (g: GraphBuilder, x: Value) => gradients(g, total(g, x), [new Map<string, Value>().get('w1')!]),
      'GRAPH_SCOPE_INVALID',
    ],
    [
      'a reduction without a rule',
      (g: GraphBuilder, x: Value) =>
        gradients(
          g,
          total(g, g.op.scatterElements(x, g.constant('int64', [0]), g.constant('float32', [2]), 0, 'mul')),
          [x],
        ),
      'GRAPH_GRADIENT_MISSING',
    ],
    [
      'padding without a rule',
      (g: GraphBuilder, x: Value) => gradients(g, total(g, g.op.pad(x, [1, 1], { mode: 'reflect' })), [x]),
      'GRAPH_GRADIENT_MISSING',
    ],
    [
      'a branch that would draw other random numbers when it is computed again',
      (g: GraphBuilder, x: Value) => {
        const noisy = (b: GraphBuilder) =>
          [b.op.mul(x, b.node('RandomNormalLike', [x], { outputs: [x] })[0]!)] as const;
        return gradients(g, total(g, g.op.if(g.constant('bool', true), noisy, noisy)[0]), [x]);
      },
      'GRAPH_GRADIENT_MISSING',
    ],
    [
      'a loop on the way',
      (g: GraphBuilder, x: Value) =>
        gradients(
          g,
          total(g, g.op.loop({ tripCount: 2, state: [x], body: (b, _, [s]) => ({ state: [b.op.exp(s)] }) }).state[0]),
          [x],
        ),
      'GRAPH_GRADIENT_MISSING',
    ],
  ])('refuses %s', (_, build, code) => {
    const g = new GraphBuilder();
    expect(() => build(g, g.input('x', 'float32', [2]))).toThrow(expect.objectContaining({ code }));
  });

  it('gives zeros for an unreached value when that is meant', async () => {
    const g = new GraphBuilder();
    const [x, z] = [g.input('x', 'float32', [2]), g.input('z', 'float32', [3])];
    const [dX, dZ] = gradients(g, total(g, x), [x, z], { unreached: 'zeros' });
    g.output('dX', dX);
    g.output('dZ', dZ);
    const run = await openWithOnnxRuntime(g.toBytes());
    const feeds = {
      x: { type: 'float32', shape: [2], data: [1, 2] },
      z: { type: 'float32', shape: [3], data: [1, 2, 3] },
    } as const;
    expect(await run(feeds)).toEqual({ dX: [1, 1], dZ: [0, 0, 0] });
  });
});

describe('how gradients compose', () => {
  it('differentiates gradients again: the Hessian of a cubic', async () => {
    const check = await checkGradient(
      {
        inputs: [{ shape: [3], data: [0.5, -1, 2] }],
        build: (g, [x]) => gradients(g, total(g, g.op.mul(g.op.mul(x!, x!), g.op.exp(x!))), [x!])[0],
      },
      openWithOnnxRuntime,
    );
    // (x²·eˣ)'' = (x² + 4x + 2)·eˣ, weighted with cos(k + 1)
    const expected = [0.5, -1, 2].map((x, k) => (x * x + 4 * x + 2) * Math.exp(x) * Math.cos(k + 1));
    expect(relativeError(check.gradients[0]!, expected)).toBeLessThan(1e-12);
  });

  it('works inside a loop on its states and on values around it', async () => {
    // Three steps of gradient descent on (w − 3)², w ← w − 0.25·2(w − 3): 3 − 3·2⁻³ from 0.
    const g = new GraphBuilder();
    const goal = g.input('goal', 'float32', []);
    const { state, scan } = g.op.loop({
      tripCount: 3,
      state: [g.constant('float32', 0)],
      body: (b, _, [w]) => {
        const error = b.op.sub(w, goal);
        const [dW, dGoal] = gradients(b, b.op.mul(error, error), [w, goal]);
        return { state: [b.op.sub(w, b.op.mul(dW, 0.25))], scan: [dGoal] };
      },
    });
    g.output('w', state[0]);
    g.output('d goal', scan[0]);
    const run = await openWithOnnxRuntime(g.toBytes());
    const results = await run({ goal: { type: 'float32', shape: [], data: [3] } });
    expect(results).toEqual({ w: [2.625], 'd goal': [6, 3, 1.5] });
  });

  it('goes through an If inside an If', async () => {
    const check = await checkGradient(
      {
        inputs: [{ shape: [2], data: [0.5, -1.5] }],
        build: (g, [x]) => {
          const yes = g.op.less(total(g, x!), 0);
          const y = g.op.mul(x!, 2);
          return g.op.if(
            yes,
            (b) => [
              b.op.mul(
                b.op.if(
                  yes,
                  (c) => [c.op.exp(y)],
                  (c) => [c.op.neg(x!)],
                )[0],
                x!,
              ),
            ],
            (b) => [b.op.abs(y)],
          )[0];
        },
      },
      openWithOnnxRuntime,
    );
    expect(check.relativeError).toBeLessThan(2e-9);
  });

  it('adds up over all uses of a value', async () => {
    const check = await checkGradient(
      {
        inputs: [{ shape: [2], data: [0.5, 1.5] }],
        build: (g, [x]) => g.op.add(g.op.mul(x!, g.op.exp(x!)), g.op.div(x!, g.op.sqrt(x!))),
      },
      openWithOnnxRuntime,
    );
    expect(check.relativeError).toBeLessThan(2e-9);
  });
});

describe('how fast backward graphs are', () => {
  it.each([
    ['matMul', (g: GraphBuilder, x: Value, w: Value) => g.op.matMul(x, w), [16, 8]],
    ['fusedMatMul', (g: GraphBuilder, x: Value, w: Value) => g.op.fusedMatMul(x, w, { transB: true }), [8, 16]],
  ])('%s by one weight: three products, no batches of them, no transposes, no sums', (_, multiply, shape) => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['B', 'T', 16]);
    const w = g.input('w', 'float32', shape);
    const y = multiply(g, x, w);
    const [dX, dW] = gradients(g, total(g, g.op.mul(y, y)), [x, w]);
    g.output('dX', dX);
    g.output('dW', dW);
    const operators = operatorsOf(g);
    expect(operators.filter((name) => name.endsWith('MatMul'))).toHaveLength(3);
    expect(operators).not.toContain('Transpose');
    expect(operators).not.toContain('ReduceSum');
  });

  it('a cross-entropy writes into one tensor of the logits’ size after exp, and makes no zeros', () => {
    const g = new GraphBuilder();
    const logits = g.input('logits', 'float32', ['N', 50]);
    const labels = g.input('labels', 'int64', ['N', 1]);
    const loss = g.op.neg(total(g, g.op.gatherElements(g.op.logSoftmax(logits), labels, 1)));
    g.output('d', gradients(g, loss, [logits])[0]);
    const operators = operatorsOf(g);
    expect(operators.filter((name) => ['Exp', 'Mul', 'ScatterElements'].includes(name))).toEqual([
      'Exp',
      'Mul',
      'ScatterElements',
    ]);
    expect(operators).not.toContain('ConstantOfShape');
    expect(operators).not.toContain('ReduceSum');
  });

  it('attention sums over the features of a head, not over the keys', () => {
    const g = new GraphBuilder();
    const [scores, v] = [g.input('s', 'float32', ['B', 'T', 'T']), g.input('v', 'float32', ['B', 'T', 8])];
    const context = g.op.matMul(g.op.softmax(scores), v);
    g.output('d', gradients(g, total(g, g.op.exp(context)), [scores])[0]);
    const sum = nodesOf(g).find(({ opType }) => opType === 'ReduceSum')!;
    const product = nodesOf(g).find(({ output }) => output[0] === sum.input[0])!;
    expect(product.input).toContain(context.name);
  });

  it('merged named sizes keep broadcasting known: no axes are searched at run time', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['B', 'T', 4]);
    const scale = g.input('scale', 'float32', [4]);
    const rows = g.op.reshape(x, [-1, 4]);
    const y = g.op.mul(g.op.add(rows, g.op.reshape(g.op.exp(x), [-1, 4])), scale);
    for (const [i, d] of gradients(g, total(g, y), [x, scale]).entries()) g.output(`d${i}`, d);
    expect(operatorsOf(g)).not.toContain('NonZero');
  });

  it('uses standard operators only when told to', () => {
    const g = new GraphBuilder({ microsoft: false });
    const x = g.input('x', 'float32', ['B', 'T', 16]);
    const w = g.input('w', 'float32', [16, 8]);
    g.output('dX', gradients(g, total(g, g.op.exp(g.op.matMul(x, w))), [x])[0]);
    expect(new Set(nodesOf(g).map(({ domain }) => domain))).toEqual(new Set(['']));
  });
});
