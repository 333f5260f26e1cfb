import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { linearModules } from '../families/parameters.js';
import { fixture, maxDifference } from '../graph/test-models.js';
import { float16ToFloat32, float32ToFloat16 } from '../safetensors/half-precision.js';
import type { WeightTensor } from '../safetensors/types.js';
import { quantiseWeights } from './quantise-weights.js';

/** Values as float16 has them. */
const rounded = ([name, tensor]: readonly [string, WeightTensor]): readonly [string, WeightTensor] => [
  name,
  { ...tensor, float32: async () => float16ToFloat32(float32ToFloat16(await tensor.float32())) },
];

describe.each([
  ['nf4', { kind: 'nf4', blockSize: 64, doubleQuant: true }],
  ['int8', { kind: 'int8' }],
] as const)('a folder that transformers saved in %s', (name, encoding) => {
  it('reads as what we quantise its original to, and keeps its codes', async () => {
    const stored = await readCheckpoint(fixture('quantisation', `tiny-llama-${name}`));
    const original = await readCheckpoint(fixture('tiny-llama'));
    // Linear8bitLt rounds to float16 before it quantises.
    const tensors = name === 'int8' ? new Map([...original.tensors].map(rounded)) : original.tensors;
    const ours = quantiseWeights({ ...original, tensors }, encoding);
    const layers = new Set(linearModules(stored.config).map((module) => `${module.name}.weight`));
    for (const [key, tensor] of stored.tensors) {
      const values = await tensor.float32();
      const wanted = await (layers.has(key) ? ours : original).tensors.get(key)!.float32();
      expect(tensor.quantised?.encoding).toEqual(layers.has(key) ? encoding : undefined);
      // Only the offset of double quantisation may differ, in its last bits.
      expect(maxDifference(values, wanted)).toBeLessThan(1e-6);
      if (tensor.quantised === undefined) continue;
      const [codes, expected] = [await tensor.quantised.parts(), await ours.tensors.get(key)!.quantised!.parts()];
      expect(codes[0]).toEqual(expected[0]);
    }
  });
});
