import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkGradient } from './check-gradient.js';
import { dropoutMask } from './dropout-mask.js';
import { gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';
import { checkpoint, customGradient } from './segments.js';
import type { TensorSpec } from './tensor-data.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';
import type { Value } from './value.js';

const LAYERS = 3;
const WIDTH = 4;

type Wrap = (g: GraphBuilder, body: () => Value) => Value;
const plain: Wrap = (_g, body) => body();
const wrapped: Wrap = (g, body) => checkpoint(g, body);
const nested: Wrap = (g, body) => checkpoint(g, () => g.op.mul(checkpoint(g, body), 0.5));

/** Residual layers with dropout whose mask is a function of a seed, and the gradients of all weights and of x. */
function network(wrap: Wrap, rows: number | string): GraphBuilder {
  const g = new GraphBuilder();
  const input = g.input('x', 'float32', [rows, WIDTH]);
  const step = g.input('step', 'int64', []);
  const weights = Array.from({ length: LAYERS }, (_, i) => g.input(`w${i}`, 'float32', [WIDTH, WIDTH]));
  const shared = g.op.sin(input);
  let x = input;
  for (const [salt, weight] of weights.entries()) {
    const before = x;
    const inner = wrap(g, () => {
      const mask = dropoutMask(g, before, { seed: g.constant('uint32', 7), step, salt, probability: 0.4 });
      const hidden = g.op.tanh(g.op.matMul(g.op.mul(before, mask), weight));
      return g.op.mul(hidden, g.op.sigmoid(g.op.add(hidden, shared)));
    });
    x = g.op.add(x, inner);
  }
  const loss = g.op.reduceSum(g.op.mul(x, x), undefined, { keepDims: false });
  g.output('loss', loss);
  const wanted = [input, ...weights];
  for (const [i, gradient] of gradients(g, loss, wanted).entries()) g.output(`d${i}`, gradient);
  return g;
}

const wave = (shape: readonly number[], phase: number): TensorSpec => {
  const count = shape.reduce((a, b) => a * b, 1);
  return { type: 'float32', shape, data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + phase)) };
};
const feeds = {
  x: wave([5, WIDTH], 0),
  step: { type: 'int64', shape: [], data: [3n] },
  ...Object.fromEntries(Array.from({ length: LAYERS }, (_, i) => [`w${i}`, wave([WIDTH, WIDTH], i + 1)])),
} as const satisfies Record<string, TensorSpec>;

const results = async (g: GraphBuilder) => (await openWithOnnxRuntime(g.toBytes()))(feeds);

/** Operators of the model as the runtime runs it, after its own optimizations. */
async function operatorsAsRun(g: GraphBuilder): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'flanlab-'));
  try {
    const optimizedModelFilePath = join(dir, 'optimized.onnx');
    const options = { logSeverityLevel: 3, optimizedModelFilePath, graphOptimizationLevel: 'all' } as const;
    await (await InferenceSession.create(g.toBytes(), options)).release();
    return readModel(await readFile(optimizedModelFilePath)).nodes.map(({ operator }) => operator);
  } finally {
    await rm(dir, { recursive: true });
  }
}
const countOf = (operators: readonly string[], operator: string) =>
  operators.filter((name) => name === operator).length;

describe('checkpoint', () => {
  it.each([
    ['with sizes known at run time', 'N'],
    ['with fixed sizes', 5],
  ])('gives the bits of what is kept, dropout included, %s', async (_title, rows) => {
    const [kept, again] = [await results(network(plain, rows)), await results(network(wrapped, rows))];
    expect(again).toEqual(kept);
    expect(Array.from(kept.d0!).some((element) => element !== 0)).toBe(true);
  });

  it('works for bodies in one another', async () => {
    const halved: Wrap = (g, body) => g.op.mul(body(), 0.5);
    expect(await results(network(nested, 'N'))).toEqual(await results(network(halved, 'N')));
  });

  it.each([
    ['with sizes known at run time', 'N'],
    ['with fixed sizes', 5],
  ])('leaves the copies in the graph that ONNX Runtime runs, %s', async (_title, rows) => {
    const [kept, again] = [await operatorsAsRun(network(plain, rows)), await operatorsAsRun(network(wrapped, rows))];
    expect([countOf(kept, 'Tanh'), countOf(kept, 'Sigmoid')]).toEqual([LAYERS, LAYERS]);
    expect([countOf(again, 'Tanh'), countOf(again, 'Sigmoid')]).toEqual([2 * LAYERS, 2 * LAYERS]);
  });

  it('lets no copy run before the gradient it is needed for', () => {
    const model = readModel(network(wrapped, 'N').toBytes());
    const makers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    const reaches = (name: string, target: string, seen = new Set<string>()): boolean => {
      if (name === target) return true;
      if (seen.has(name)) return false;
      seen.add(name);
      return (makers.get(name)?.inputs ?? []).some((input) => reaches(input, target, seen));
    };
    const sigmoids = model.nodes.filter(({ operator }) => operator === 'Sigmoid');
    expect(sigmoids).toHaveLength(2 * LAYERS);
    for (const [i, { outputs }] of sigmoids.entries()) {
      // The loss is needed by no gradient; the sum before it is: the last residual of the forward pass.
      expect(reaches(outputs[0]!, sigmoids[LAYERS - 1]!.outputs[0]!), `${i}`).toBe(i >= LAYERS - 1);
    }
  });

  it('refuses what draws random numbers of its own', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [3]);
    const y = checkpoint(g, () => g.op.mul(x, g.node('RandomNormalLike', [x], { outputs: [x] })[0]!));
    const loss = g.op.reduceSum(y, undefined, { keepDims: false });
    expect(() => gradients(g, loss, [x])).toThrow(expect.objectContaining({ code: 'GRAPH_GRADIENT_MISSING' }));
  });
});

describe('customGradient', () => {
  /** x³ summed by a Loop, which has no rule of its own. */
  const cube = (g: GraphBuilder, x: Value): Value =>
    customGradient(g, {
      inputs: [x],
      forward: (b, [value]) =>
        b.op.loop({ tripCount: 2, state: [value!], body: (c, _i, [state]) => ({ state: [c.op.mul(state!, value!)] }) })
          .state,
      backward: (b, { inputs, dOutputs }) => [b.op.mul(b.op.mul(b.op.mul(inputs[0]!, inputs[0]!), 3), dOutputs[0]!)],
    })[0];
  const inputs = [{ shape: [3], data: [0.5, -1.2, 2] }];

  it('is asked in place of rules', async () => {
    const check = await checkGradient({ inputs, build: (g, [x]) => g.op.sin(cube(g, x!)) }, openWithOnnxRuntime);
    expect(check.relativeError).toBeLessThan(1e-7);
  });

  it('is asked for the copies of a checkpoint', async () => {
    const build = (g: GraphBuilder, [x]: readonly Value[]): Value =>
      checkpoint(g, () => g.op.sin(cube(g, g.op.mul(x!, 0.7))));
    const check = await checkGradient({ inputs, build }, openWithOnnxRuntime);
    expect(check.relativeError).toBeLessThan(1e-7);
  });
});
