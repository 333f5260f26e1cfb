import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAdapter } from '../adapter/adapter.js';
import { mergeAdapter } from '../adapter/merge-adapter.js';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { fixture, loadTiny } from '../graph/test-models.js';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../safetensors/half-precision.js';
import { describeModel } from './describe-model.js';
import { exportModel } from './export-model.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-model-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const NAME = 'model.layers.0.self_attn.q_proj.weight';

it.each([
  ['float32', (values: Float32Array) => values, 'F32'],
  ['float16', (values: Float32Array) => float16ToFloat32(float32ToFloat16(values)), 'F16'],
  ['bfloat16', (values: Float32Array) => bfloat16ToFloat32(float32ToBfloat16(values)), 'BF16'],
] as const)('writes weights as %s, which config.json names', async (dtype, rounded, stored) => {
  const { checkpoint } = await loadTiny('tiny-llama');
  const folder = join(dir, dtype);
  await exportModel(checkpoint, folder, { dtype });
  const again = await readCheckpoint(folder);
  for (const [name, tensor] of again.tensors) {
    expect(tensor.dtype).toBe(stored);
    expect(await tensor.float32(), name).toEqual(rounded(await checkpoint.tensors.get(name)!.float32()));
  }
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({ dtype, torch_dtype: dtype });
});

it('writes a merged model, converted after the merge', async () => {
  const { checkpoint } = await loadTiny('tiny-llama');
  const adapter = await readAdapter(fixture('tiny-llama', 'adapter'), checkpoint.config);
  const merged = { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) };
  await exportModel(merged, join(dir, 'merged'), { dtype: 'bfloat16' });
  const written = await (await readCheckpoint(join(dir, 'merged'))).tensors.get(NAME)!.float32();
  const expected = await merged.tensors.get(NAME)!.float32();
  expect(written).toEqual(bfloat16ToFloat32(float32ToBfloat16(expected)));
  expect(expected).not.toEqual(await checkpoint.tensors.get(NAME)!.float32());
});

it('describes a folder by its modules, with the types they are stored in', async () => {
  const { checkpoint } = await loadTiny('tiny-llama');
  await exportModel(checkpoint, join(dir, 'described'), { dtype: 'float16' });
  const { modules, parameters, storedBytes, config } = await describeModel(join(dir, 'described'));
  const shape = checkpoint.tensors.get(NAME)!.shape;
  expect(modules.find(({ name }) => name === NAME.replace('0', '*'))).toEqual({
    name: 'model.layers.*.self_attn.q_proj.weight',
    shape,
    count: config.layers,
    parameters: config.layers * shape[0]! * shape[1]!,
    types: ['F16'],
  });
  expect(storedBytes).toBe(2 * parameters);
  const sizes = [...checkpoint.tensors.values()].map((tensor) => tensor.shape.reduce((a, b) => a * b, 1));
  expect(parameters).toBe(sizes.reduce((a, b) => a + b, 0));
});

it('describes encoders, and folders that have no weights yet', async () => {
  const encoder = await describeModel(fixture('encoder', 'bert'));
  expect(encoder.modules.some(({ name }) => name.includes('.*.attention'))).toBe(true);
  await rm(join(dir, 'described', 'model.safetensors'));
  expect(await describeModel(join(dir, 'described'))).toMatchObject({ storedBytes: 0, config: { family: 'llama' } });
  await expect(describeModel(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'CHECKPOINT_FILE_MISSING' });
});
