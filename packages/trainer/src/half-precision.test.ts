import { join } from 'node:path';
import { hashWeights, readAdapter, readCheckpoint, type WeightTensor, writeCheckpoint } from '@flanlab/language-model';
import type { Tensor } from '@flanlab/onnx-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from './recipe.js';
import { roundTensors, saveDtypeOf } from './save-dtype.js';
import { collect, FULL, hashWeights as hashResult, LORA, openTestFolder } from './test-runs.js';

let runs: Awaited<ReturnType<typeof openTestFolder>>;
/** The tiny model of the tests, stored in bfloat16. */
let modelDir: string;
beforeAll(async () => {
  runs = await openTestFolder();
  modelDir = join(runs.folder, 'bfloat16');
  const { config, tensors } = await readCheckpoint(runs.modelDir);
  const values = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    values.set(name, { type: 'float32', dims: tensor.shape, data: await tensor.float32() });
  }
  const rounded = roundTensors(values, 'bfloat16').tensors;
  await writeCheckpoint(modelDir, { config, tensors: rounded, dtype: 'bfloat16', tokenizerFrom: runs.modelDir });
});
afterAll(() => runs.remove());

describe.each([
  ['QLoRA', { ...LORA, method: 'qlora', maxSteps: 8 }],
  ['LoRA', { ...LORA, maxSteps: 8 }],
] as const)('%s on a bfloat16 checkpoint', (_name, recipe) => {
  it('has the same bits after an interruption, and names the base it belongs to', async () => {
    const whole = runs.prepare(recipe, { modelDir });
    await collect(whole);
    const pieces = runs.prepare(recipe, { modelDir });
    await collect(pieces, (event) => event.type === 'step-end' && event.step === 6); // after the checkpoint of step 4
    expect((await collect(pieces))[0]).toMatchObject({ type: 'started', step: 4 });
    expect(await hashResult(pieces)).toBe(await hashResult(whole));
    const { config, tensors } = await readCheckpoint(modelDir);
    const { metadata } = await readAdapter(whole.out, config);
    expect(metadata.base_sha256).toBe(await hashWeights(tensors));
    expect(metadata.base_quantization).toBe(
      recipe.method === 'qlora' ? '{"type":"nf4","doubleQuant":true,"blockSize":64}' : undefined,
    );
  });
});

describe('full training', () => {
  it('saves float32, or the nearest values in the type of the checkpoint, and says what that took', async () => {
    const exact = runs.prepare({ ...FULL, maxSteps: 4 }, { modelDir });
    expect((await collect(exact)).some(({ type }) => type === 'warning')).toBe(false);
    const rounded = runs.prepare({ ...FULL, maxSteps: 4, saveDtype: 'checkpoint' }, { modelDir });
    const warning = (await collect(rounded)).find(({ type }) => type === 'warning');
    expect(warning).toMatchObject({
      code: 'weights-rounded',
      message: expect.stringMatching(/largest change is \d\.\de-\d/),
    });
    const [wanted, saved] = [await readCheckpoint(exact.out), await readCheckpoint(rounded.out)];
    expect(wanted.config.raw.dtype).toBe('float32');
    expect(saved.config.raw).toMatchObject({ dtype: 'bfloat16', torch_dtype: 'bfloat16' });
    for (const [name, tensor] of saved.tensors) {
      expect(tensor.dtype).toBe('BF16');
      const [before, after] = [await wanted.tensors.get(name)!.float32(), await tensor.float32()];
      // Eight significant bits: half a step is at most 2^-8 of the value.
      expect(before.every((x, i) => Math.abs(after[i]! - x) <= Math.abs(x) * 2 ** -8)).toBe(true);
    }
  });

  it.each([
    ['float32', 'F16', 'float32'],
    ['bfloat16', 'F32', 'bfloat16'],
    ['checkpoint', 'F16', 'float16'],
    ['checkpoint', 'BF16', 'bfloat16'],
    ['checkpoint', 'F64', 'float32'],
  ] as const)('asked for %s of a checkpoint in %s, saves %s', (wanted, dtype, expected) => {
    const stored = new Map<string, Pick<WeightTensor, 'dtype' | 'shape'>>([
      ['w', { dtype, shape: [4, 4] }],
      ['norm', { dtype: 'F32', shape: [4] }],
    ]);
    expect(saveDtypeOf(wanted, stored)).toBe(expected);
  });

  it('refuses weights beyond the largest float16, after which another type can still be asked for', async () => {
    const tensors = new Map([['w', { type: 'float32', dims: [2], data: Float32Array.of(1, 1e6) } as const]]);
    expect(() => roundTensors(tensors, 'float16')).toThrow(/w holds a value beyond the largest float16/);
    expect(roundTensors(tensors, 'bfloat16').loss.name).toBe('w');
    const wild = { ...FULL, maxSteps: 2, saveEvery: 1, learningRate: 1e6, saveDtype: 'float16' } as const;
    const options = runs.prepare({ ...wild, warmupRatio: 0 });
    await expect(collect(options)).rejects.toMatchObject({ code: 'TRAINER_NON_FINITE' });
    const events = await collect({ ...options, recipe: { ...options.recipe, saveDtype: 'bfloat16' } });
    expect(events[0]).toMatchObject({ type: 'started', step: 2 });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });
});

it('refuses settings of one method with another', () => {
  expect(() => parseRecipe({ method: 'full', quantization: { type: 'nf4' } })).toThrow('quantization: has no effect');
  expect(() => parseRecipe({ method: 'lora', saveDtype: 'float16' })).toThrow('saveDtype: has no effect');
  expect(() => parseRecipe({ method: 'qlora', quantization: { type: 'nf5', blockSize: 48 } })).toThrow(
    /quantization\.type: must be one of nf4, fp4, int8; did you mean nf4\?.*blockSize: must be a power of two/su,
  );
  expect(parseRecipe({ method: 'lora', quantization: 'int8' }).quantization?.type).toBe('int8');
  expect(parseRecipe({ method: 'lora', quantization: 'none' }).quantization).toBeUndefined();
  expect(() => parseRecipe({ method: 'qlora', quantization: 'none' })).toThrow('quantization: must not be none');
  expect(parseRecipe(parseRecipe({ method: 'qlora' }))).toEqual(parseRecipe({ method: 'qlora' }));
});
