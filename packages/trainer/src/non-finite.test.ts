import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint, type WeightTensor, writeCheckpoint } from '@flanlab/language-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrainerError } from './errors.js';
import { blameStart, checkFinite, firstNonFinite } from './non-finite.js';
import { collect, FULL, openTestFolder } from './test-runs.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  runs = await openTestFolder();
});
afterAll(() => runs.remove());

const tensor = (...values: readonly number[]) =>
  ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;

describe('the first tensor that is not finite', () => {
  it('is found by its place, whatever it holds', async () => {
    const good = ['good', tensor(1, -2)] as const;
    expect(await firstNonFinite([good, ['a', tensor(0, Number.NaN)], ['b', tensor(Number.NaN)]])).toBe('a');
    expect(await firstNonFinite([good, ['a', tensor(Number.NEGATIVE_INFINITY)]])).toBe('a');
    expect(await firstNonFinite([good])).toBeUndefined();
  });

  it('keeps a checkpoint from being written', async () => {
    await checkFinite(3, { a: tensor(1) });
    await expect(checkFinite(3, { a: tensor(1), b: tensor(1, Number.POSITIVE_INFINITY) })).rejects.toMatchObject({
      code: 'TRAINER_NON_FINITE',
      exitCode: 5,
      message: expect.stringMatching(/after step 3.* is b\./s),
    });
  });
});

it('names the start weight that is to blame for a loss, and leaves other errors alone', async () => {
  const { config, tensors } = await readCheckpoint(runs.modelDir);
  const name = 'model.layers.1.mlp.up_proj.weight';
  const broken = await tensors.get(name)!.float32();
  broken[5] = Number.NaN;
  const modelDir = join(runs.folder, 'broken');
  const values = new Map<string, WeightTensor>(tensors);
  values.set(name, { ...tensors.get(name)!, bytes: async () => new Uint8Array(broken.buffer) });
  await writeCheckpoint(modelDir, { config, tensors: values, tokenizerFrom: runs.modelDir });
  const options = runs.prepare(FULL, { modelDir });
  await expect(collect(options)).rejects.toMatchObject({
    code: 'TRAINER_NON_FINITE',
    message: expect.stringMatching(/model it starts from .* first is in model\.layers\.1\.mlp\.up_proj\.weight/),
  });
  expect(await readdir(options.runDir)).not.toContainEqual(expect.stringContaining('checkpoint'));
  // Codes of 4 bits have no NaN: the loss would be a number.
  const lora = { rank: 2, alpha: 4, dropout: 0, targetModules: ['q_proj', 'up_proj'] };
  await expect(collect(runs.prepare({ ...FULL, method: 'qlora', lora }, { modelDir }))).rejects.toMatchObject({
    code: 'TRAINER_NON_FINITE',
    message: expect.stringMatching(/cannot start.* first is in model\.layers\.1\.mlp\.up_proj\.weight/s),
  });
  const other = new TrainerError('TRAINER_ROWS_EMPTY', { what: 'x', why: 'y', fix: 'z' });
  expect(await blameStart(other, async function* () {})).toBe(other);
});
