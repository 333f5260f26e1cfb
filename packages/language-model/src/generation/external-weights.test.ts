import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { expect, it } from 'vitest';
import type { WeightTensor } from '../safetensors/types.js';
import { externalWeights } from './external-weights.js';

function weight(shape: readonly number[], numbers: readonly number[]): WeightTensor {
  const float32 = () => Promise.resolve(Float32Array.from(numbers));
  return {
    dtype: 'F32',
    shape,
    byteLength: 4 * numbers.length,
    float32,
    bytes: () => Promise.reject(new Error('unused')),
  };
}

it('hands every weight to the session, by name, however their sizes align', async () => {
  const g = new GraphBuilder();
  const tensors = new Map([
    ['a', weight([3], [1, 2, 3])],
    ['scalar', weight([], [10])],
    ['b', weight([2, 2], [4, 5, 6, 7])],
  ]);
  const { parameters, externalData } = await externalWeights(g, tensors);
  const x = g.input('x', 'float32', []);
  for (const name of tensors.keys()) g.output(`${name} · x`, g.op.mul(g.op.mul(parameters(name), x), 2));
  expect(externalData.map(({ path, data }) => [path, data.length])).toEqual([['weights.0', 192]]);
  await using session = await openSession(g.toBytes(), { threads: 1, externalData });
  const out = await session.run({ x: { type: 'float32', dims: [], data: Float32Array.of(0.5) } });
  expect(
    Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, [...(data as Float32Array)]])),
  ).toEqual({
    'a · x': [1, 2, 3],
    'scalar · x': [10],
    'b · x': [4, 5, 6, 7],
  });
});
