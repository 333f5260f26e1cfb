import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { linearModules } from '../families/parameters.js';
import { fixture, maxDifference } from '../graph/test-models.js';
import { float16ToFloat32, float32ToFloat16 } from '../safetensors/half-precision.js';
import type { WeightTensor } from '../safetensors/types.js';
import { type WritableTensor, writeSafetensors } from '../safetensors/write-safetensors.js';
import { FOUR_BIT_TABLES } from './four-bit.js';
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

it('a layer that its model stores as (in, out) lies as (out, in) in pieces of bitsandbytes, and reads in its own shape', async () => {
  const original = await readCheckpoint(fixture('tiny-gpt2'));
  const encoding = { kind: 'nf4', blockSize: 64, doubleQuant: false } as const;
  const ours = quantiseWeights(original, encoding);
  const stored = new Map<string, WritableTensor>();
  for (const [name, tensor] of ours.tensors) {
    const [codes, absmax] = (await tensor.quantised?.parts()) ?? [];
    if (codes === undefined) {
      stored.set(name, original.tensors.get(name)!);
      continue;
    }
    const put = (key: string, type: 'uint8' | 'float32', data: Uint8Array | Float32Array): void => {
      stored.set(key, { type, dims: [data.length], data });
    };
    const state = { quant_type: 'nf4', blocksize: 64, dtype: 'float32', shape: [...tensor.shape].reverse() };
    const count = tensor.shape[0]! * tensor.shape[1]!;
    put(name, 'uint8', (codes as Uint8Array).slice(0, Math.ceil(count / 2)));
    put(`${name}.absmax`, 'float32', absmax as Float32Array);
    put(`${name}.quant_map`, 'float32', Float32Array.from(FOUR_BIT_TABLES.nf4));
    put(`${name}.quant_state.bitsandbytes__nf4`, 'uint8', new TextEncoder().encode(JSON.stringify(state)));
  }
  const folder = await mkdtemp(join(tmpdir(), 'quantised-'));
  try {
    await cp(join(fixture('tiny-gpt2'), 'config.json'), join(folder, 'config.json'));
    await writeSafetensors(join(folder, 'model.safetensors'), stored);
    const { tensors } = await readCheckpoint(folder);
    for (const [name, tensor] of ours.tensors) {
      expect(tensors.get(name)!.shape, name).toEqual(tensor.shape);
      expect(await tensors.get(name)!.float32(), name).toEqual(await tensor.float32());
      expect(await tensors.get(name)!.quantised?.parts(), name).toEqual(await tensor.quantised?.parts());
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
