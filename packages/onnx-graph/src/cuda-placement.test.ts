import { describe, expect, it } from 'vitest';
import { nodesWithoutCudaKernel } from './cuda-placement.js';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';
import type { Value } from './value.js';

function unplaced(build: (g: GraphBuilder, ids: Value, x: Value) => Value, opset = 21) {
  const g = new GraphBuilder({ name: 'main', opset });
  const [ids, x] = [g.input('ids', 'int32', ['B', 'T']), g.input('x', 'float32', ['B', 'T'])];
  g.output('y', build(g, ids, x));
  return nodesWithoutCudaKernel(readModel(g.toBytes()));
}

describe('a node has a CUDA kernel', () => {
  it.each<[string, (g: GraphBuilder, ids: Value, x: Value) => Value, number?]>([
    ['for each type that is registered', (g, _, x) => g.op.pad(x, [0, 0, 0, 1])],
    ['whatever the type, where types follow from a cast', (g, ids) => g.op.erf(g.op.cast(ids, 'bfloat16'))],
    ['of another domain', (g, _, x) => g.op.fusedMatMul(x, x, { transB: true })],
    ['for the schema of a newer operator set', (g, _, x) => g.op.cast(x, 'float16'), 26],
  ])('%s', (_title, build, opset) => {
    expect(unplaced(build, opset)).toEqual([]);
  });
});

describe('a node without a CUDA kernel is named', () => {
  it.each<[string, (g: GraphBuilder, ids: Value, x: Value) => Value, Partial<ReturnType<typeof unplaced>[number]>]>([
    [
      'because of its type',
      (g, ids) => g.op.pad(ids, [0, 0, 0, 1]),
      { operator: 'Pad', why: 'There is none with T = int32.', isHeavy: true },
    ],
    [
      'because of a type that was worked out',
      (g, _, x) => g.op.reduceMax(g.op.cast(x, 'uint32')),
      { operator: 'ReduceMax', why: 'There is none with T = uint32.', isHeavy: true },
    ],
    [
      'because of its operator',
      (g, ids) => g.op.bitShift(g.op.cast(ids, 'uint32'), 3, 'right'),
      { operator: 'BitShift', why: 'There is no kernel.', isHeavy: true },
    ],
    ['as light when it is shape arithmetic', (g, ids) => g.op.bitwiseXor(g.op.shape(ids), 1), { isHeavy: false }],
    [
      'inside a Loop',
      (g, _, x) =>
        g.op.loop({
          tripCount: 3,
          state: [x],
          body: (b, __, [s]) => ({ state: [b.op.cast(b.op.reduceMax(b.op.cast(s!, 'uint32')), 'float32')], scan: [] }),
        }).state[0]!,
      { operator: 'ReduceMax', graph: 'body_1' },
    ],
  ])('%s', (_title, build, expected) => {
    const nodes = unplaced(build);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject(expected);
  });
});
