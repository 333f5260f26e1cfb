import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '@flanlab/files';
import { openGenerator, readCheckpoint } from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { writeSmallModel } from './test-models.js';
import { flanlab } from './test-workspace.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeSmallModel(join(folder.path, 'model'));
  const rows = ['a cup is red', 'a red cup', 'is a cup a cup', 'red is red'];
  await writeFile(join(folder.path, 'rows.jsonl'), rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const run = (...args: readonly string[]) => flanlab(folder.path, args);
const train = (out: string, ...more: readonly string[]) =>
  run('train', '--model', 'model', '--data', 'rows.jsonl', '--threads', '1', '--out', out, ...more);

it('model info says what a folder holds and what training it needs', async () => {
  const { stdout, code } = await run('model', 'info', 'model', '--json');
  expect(code).toBe(0);
  const { parameters, storedBytes, modules, memory } = JSON.parse(stdout);
  expect(storedBytes).toBe(4 * parameters);
  expect(modules).toContainEqual({
    name: 'model.layers.*.self_attn.q_proj.weight',
    shape: [8, 8],
    count: 1,
    parameters: 64,
    types: ['F32'],
  });
  expect(memory.map(({ recipe, fits }: { recipe: string; fits: boolean }) => [recipe, fits])).toEqual([
    ['full', true],
    ['lora', true],
    ['qlora', true],
  ]);
  // Sizes alone: a config is enough.
  await cp(join(folder.path, 'model', 'config.json'), join(folder.path, 'bare', 'config.json'));
  const bare = await run('model', 'info', 'bare');
  expect(bare.stdout).toContain(`${parameters.toLocaleString('en')} parameters, no weight files`);
  // What fits no machine is said to be refused, with what would help.
  const large = { model_type: 'llama', hidden_size: 65_536, num_hidden_layers: 200, num_attention_heads: 64 };
  const config = { ...large, vocab_size: 32_000, intermediate_size: 131_072, max_position_embeddings: 64 };
  await mkdir(join(folder.path, 'large'));
  await writeFile(join(folder.path, 'large', 'config.json'), JSON.stringify(config));
  const refused = await run('model', 'info', 'large');
  expect(refused.stdout).toMatch(/full: `flanlab train` refuses it\. batchSize: 1 with gradientAccumulation: 8 needs/);
}, 60_000);

it('train refuses what does not fit, before anything is written, and is overridable', async () => {
  const refused = await train('out/refused', '--memory-limit', '10MiB');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(/^TRAINER_MEMORY_SHORT: .* there are 10 MiB/m);
  expect(await exists(join(folder.path, 'out/refused', 'metrics.jsonl'))).toBe(false);
  const { code, stderr } = await train('out/refused', '--memory-limit', 'none', '--set', 'maxSteps=1');
  expect(code, stderr).toBe(0);
}, 60_000);

it('train computes on the provider that is asked for, or says what is missing', async () => {
  const unknown = await train('out/elsewhere', '--provider', 'cud');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('cuda')]);
  const { code, stderr } = await train('out/elsewhere', '--provider', 'cuda', '--set', 'maxSteps=1');
  if (code !== 0) expect(stderr).toMatch(/^SESSION_PROVIDER_UNAVAILABLE: /m); // no GPU in most places
}, 60_000);

it('train --inspect shows rows with what is learned, and trains nothing', async () => {
  const { stdout } = await train('out/seen', '--inspect', '2', '--json');
  const { rows } = JSON.parse(stdout);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ learnsToStop: true });
  expect(await exists(join(folder.path, 'out/seen'))).toBe(false);
}, 60_000);

it('adapters come out of a checkpoint, and merged models answer as base and adapter do', async () => {
  const settings = ['method=lora', 'lora.dropout=0', 'learningRate=0.05', 'maxSteps=6', 'saveEvery=6', 'warmupRatio=0'];
  const trained = await train('out/lora', ...settings.flatMap((setting) => ['--set', setting]));
  expect(trained.code, trained.stderr).toBe(0);
  for (const name of ['tensorboard', 'checkpoint-6'])
    expect(await exists(join(folder.path, 'out/lora', name))).toBe(true);
  const from = ['--model', 'model', '--to', 'checkpoint', '--checkpoint', 'out/lora/checkpoint-6'];
  expect(await run('model', 'export', ...from, '--out', 'out/adapter')).toMatchObject({ code: 0 });
  const merge = ['--model', 'model', '--adapter', 'out/adapter', '--dtype', 'float32', '--out', 'out/merged'];
  expect(await run('model', 'export', ...merge)).toMatchObject({ code: 0 });
  const answer = async (modelDir: string, adapterDir?: string): Promise<readonly number[]> => {
    const place = { modelDir: join(folder.path, modelDir), threads: 1 };
    await using generator = await openGenerator(
      adapterDir === undefined ? place : { ...place, adapterDir: join(folder.path, adapterDir) },
    );
    for await (const { tokens } of generator.generate(['a cup'], { maxNewTokens: 8 })) return [...tokens];
    return [];
  };
  const expected = await answer('model', 'out/lora');
  expect(await answer('model', 'out/adapter')).toEqual(expected);
  expect(await answer('out/merged')).toEqual(expected);
  expect(await answer('model')).not.toEqual(expected);
  expect((await readCheckpoint(join(folder.path, 'out/merged'))).tensors.size).toBeGreaterThan(0);
  const unused = await run('model', 'export', ...merge, '--checkpoint', 'out/lora/checkpoint-6');
  expect(unused).toMatchObject({ code: 2, stderr: expect.stringContaining('--to checkpoint') });
}, 120_000);
