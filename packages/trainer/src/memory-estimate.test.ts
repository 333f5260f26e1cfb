import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  initialiseWeights,
  type ModelConfig,
  modelParameters,
  parseModelConfig,
  writeCheckpoint,
} from '@flanlab/language-model';
import { expect, it } from 'vitest';
import { checkMemory, estimateMemory } from './memory-estimate.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { openTestFolder } from './test-runs.js';
import { TINY_ROWS } from './tiny-model.js';
import { train } from './train.js';

const llama = (width: number, layers: number) =>
  parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: width,
    intermediate_size: 3 * width,
    num_hidden_layers: layers,
    num_attention_heads: 8,
    max_position_embeddings: 4096,
    bos_token_id: 1,
    eos_token_id: 2,
  });
/** About Llama 2 7B. */
const LARGE = llama(4096, 32);
const bytes = (recipe: Partial<Recipe>) => estimateMemory(LARGE, parseRecipe(recipe)).totalBytes;
const LORA = { method: 'lora', lora: { rank: 16, alpha: 16, dropout: 0, targetModules: ['all-linear'] } } as const;

it('orders recipes as their memory is ordered', () => {
  const full = { batchSize: 4, maxLength: 2048 };
  expect(bytes(full)).toBeGreaterThan(bytes({ ...full, gradientCheckpointing: true }));
  expect(bytes(full)).toBeGreaterThan(bytes({ ...full, batchSize: 2 }));
  expect(bytes(full)).toBeGreaterThan(bytes({ ...full, maxLength: 1024 }));
  expect(bytes({ ...full, batchSize: 2, gradientAccumulation: 2 })).toBe(bytes({ ...full, batchSize: 2 }));
  expect(bytes(full)).toBeGreaterThan(2 * bytes({ ...full, ...LORA }));
  expect(bytes({ ...full, ...LORA })).toBeGreaterThan(bytes({ ...full, ...LORA, method: 'qlora' }));
});

it('sums its parts, and takes the longest row for the longest that may be', () => {
  const { totalBytes, parts, batch } = estimateMemory(LARGE, parseRecipe({ batchSize: 2 }), { longest: 100 });
  expect(Object.values(parts).reduce((sum: number, part: number) => sum + part, 0)).toBe(totalBytes);
  expect(batch).toEqual({ rows: 2, tokens: 100 });
  expect(totalBytes).toBeLessThan(bytes({ batchSize: 2 }));
});

it('counts what evaluating adds, and frozen weights that are packed unless they are large', () => {
  const small = llama(256, 4);
  const frozenBytes = 4 * modelParameters(small).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const parts = (config: ModelConfig, more: Partial<Recipe>) =>
    estimateMemory(config, parseRecipe({ ...LORA, ...more })).parts;
  expect(parts(small, { evalEvery: 0 }).evaluation).toBe(0);
  expect(parts(small, { evalEvery: 10 }).evaluation).toBeGreaterThan(0.99 * frozenBytes);
  expect(parts(small, {}).weights).toBeGreaterThan(2.9 * frozenBytes);
  const { weights } = parts(LARGE, {});
  expect(weights / (4 * 32 * 16 * 4096 ** 2)).toBeLessThan(1.5);
});

it('refuses what does not fit, with what takes the memory and what would help', () => {
  const recipe = parseRecipe({ batchSize: 4, maxLength: 2048 });
  const { totalBytes } = checkMemory(LARGE, recipe, {});
  expect(checkMemory(LARGE, recipe, { limitBytes: totalBytes }).totalBytes).toBe(totalBytes);
  const refuse = () => checkMemory(LARGE, recipe, { limitBytes: 48 * 2 ** 30 });
  expect(refuse).toThrow(/would need about \d+\.\d GiB of memory; there are 48\.0 GiB/);
  expect(refuse).toThrow(/4 rows of 2048 tokens: [a-z]+ \d+\.\d GiB/);
  expect(refuse).toThrow(/batchSize: 1 with gradientAccumulation: 4 needs \d+\.\d GiB, still too much/);
  expect(refuse).toThrow(/method: lora as well needs \d+\.\d GiB;/);
});

it('keeps a run from starting', async () => {
  const runs = await openTestFolder();
  const events = train({ ...runs.prepare({}), rows: TINY_ROWS, memoryLimitBytes: 2 ** 20 });
  await expect(events.next()).rejects.toMatchObject({ code: 'TRAINER_MEMORY_SHORT', exitCode: 4 });
  await runs.remove();
});

it('is within a third of what a process takes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memory-'));
  const config = llama(256, 4);
  const tiny = await openTestFolder();
  const modelDir = join(folder, 'model');
  await writeCheckpoint(modelDir, { config, tensors: initialiseWeights(config, 1), tokenizerFrom: tiny.modelDir });
  const recipe = { batchSize: 4, maxLength: 256, maxSteps: 2, saveEvery: 1, evalEvery: 0 };
  const text = 'Count so so to one: oneone '.repeat(60);
  const options = { modelDir, rows: Array.from({ length: 8 }, () => ({ text })), recipe, threads: 1 };
  const script = join(folder, 'child.mjs');
  const dist = new URL('../dist/index.js', import.meta.url).href;
  await writeFile(
    script,
    `import { train } from ${JSON.stringify(dist)};
     const options = ${JSON.stringify({ ...options, out: join(folder, 'out'), runDir: join(folder, 'run') })};
     for await (const event of train(options)) if (event.type === 'started') console.log(event.memory.totalBytes);
     console.log(process.resourceUsage().maxRSS * 1024);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const [estimated, measured] = stdout.trim().split('\n').map(Number) as [number, number];
  expect(estimated / measured).toBeGreaterThan(2 / 3);
  expect(estimated / measured).toBeLessThan(4 / 3);
  await rm(folder, { recursive: true });
  await tiny.remove();
}, 60_000);
