import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readCheckpoint, type WeightTensor } from '@flanlab/language-model';
import { readModel } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTrainingArtifacts } from './artifacts.js';
import { constantWeights } from './constant-weights.js';
import { parseRecipe } from './recipe.js';
import { LORA } from './test-runs.js';
import { writeTinyModel } from './tiny-model.js';
import { trainingSetup } from './trainee.js';

let folder: string;
let modelDir: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'constants-'));
  modelDir = join(folder, 'blobs');
  await mkdir(modelDir);
  await writeTinyModel(modelDir);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = parseRecipe(LORA);
const of = async (dir: string) => {
  const { config, tensors } = await readCheckpoint(dir);
  return { config, tensors, frozen: trainingSetup(config, recipe, '', tensors).frozen };
};
const Q = 'model.layers.0.self_attn.q_proj.weight';

describe('constantWeights', () => {
  it('takes the float32 matrices of a checkpoint, and neither norms nor what is quantised', async () => {
    const { frozen, tensors } = await of(modelDir);
    const constants = await constantWeights(frozen, tensors, 'cpu');
    const matrices = frozen.filter(({ shape }) => shape.length === 2).map(({ name }) => name);
    expect([...constants!.places.keys()]).toEqual(matrices);
    expect(basename(constants!.folder)).toBe('blobs');
    const place = constants!.places.get(Q)!;
    expect(place).toMatchObject({ location: 'model.safetensors', length: 32 * 32 * 4 });
    const encoded = frozen.map((weight) => ({ ...weight, encoding: { kind: 'int8' } as const }));
    expect(await constantWeights(encoded, tensors, 'cpu')).toBeUndefined();
    const dequantised = new Map<string, WeightTensor>(
      [...tensors].map(([name, { file, ...tensor }]) => [name, tensor] as const),
    );
    expect(await constantWeights(frozen, dequantised, 'cpu')).toBeUndefined();
    const half = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: 'BF16' as const }]));
    expect(await constantWeights(frozen, half, 'cuda')).toBeUndefined();
  });

  it('finds the files behind the links of a cache, unless they lie in several folders', async () => {
    const snapshot = join(folder, 'snapshot');
    await mkdir(snapshot);
    for (const name of ['config.json', 'model.safetensors']) {
      await symlink(join('..', 'blobs', name), join(snapshot, name));
    }
    const { frozen, tensors } = await of(snapshot);
    expect(basename((await constantWeights(frozen, tensors, 'cpu'))!.folder)).toBe('blobs');
    const far = { path: join(folder, 'snapshot', 'config.json'), offset: 0 };
    const near = { path: join(snapshot), offset: 0 };
    const apart = new Map([...tensors].map(([name, t], i) => [name, { ...t, file: i === 0 ? near : far }] as const));
    expect(await constantWeights(frozen, apart, 'cpu')).toBeUndefined();
  });

  it('feeds large models on the processor, where each constant is copied twice', async () => {
    const { frozen, tensors } = await of(modelDir);
    const large = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, byteLength: 2 ** 28 }] as const));
    expect(await constantWeights(frozen, large, 'cpu')).toBeUndefined();
    expect(await constantWeights(frozen, large, 'cuda')).toBeDefined();
  });

  it('gives graphs that load them by themselves', async () => {
    const { config, frozen, tensors } = await of(modelDir);
    const constants = (await constantWeights(frozen, tensors, 'cpu'))!;
    const { files } = buildTrainingArtifacts({ config, recipe, stored: tensors, optimizer: 'host', ...constants });
    for (const bytes of Object.values(files)) {
      expect(readModel(bytes).initializers.map(({ name }) => name)).toEqual(expect.arrayContaining([Q]));
      await using session = await openSession(bytes, { threads: 1, externalDataFolder: constants.folder });
      expect(session.inputs.map(({ name }) => name)).not.toContain(Q);
    }
  });
});
