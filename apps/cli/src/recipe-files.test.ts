import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRecipe } from './recipe-file.js';

const folder = fileURLToPath(new URL('../../../configs/recipes/', import.meta.url));
const files = readdirSync(folder);

it('finds recipes', () => {
  expect(files).toEqual(
    expect.arrayContaining(['full.yaml', 'lora.yaml', 'qlora.yaml', 'reference.yaml', 'smoke.yaml']),
  );
});

describe.each(files)('%s', (name) => {
  it('is a recipe, and starts with the command that runs it', async () => {
    await expect(readRecipe(`${folder}${name}`)).resolves.toBeDefined();
    const [first] = readFileSync(`${folder}${name}`, 'utf8').split('\n');
    expect(first).toContain(`flanlab train --model DIR --data DIR --recipe configs/recipes/${name} --out DIR`);
  });
});

it('has the settings of the published study', async () => {
  expect(await readRecipe(`${folder}reference.yaml`)).toMatchObject({
    method: 'qlora',
    quantization: { type: 'fp4', doubleQuant: false, blockSize: 64 },
    target: 'all',
    lora: { rank: 64, alpha: 16, dropout: 0.1, targetModules: ['q_proj', 'v_proj'] },
    learningRate: 5e-5,
    schedule: 'linear',
    warmupRatio: 0.03,
    batchSize: 2,
    maxLength: 4096,
    groupByLength: true,
    weightDecay: 0,
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    maxGradNorm: 1,
    logEvery: 0.1,
    evalEvery: 0.1,
    saveEvery: 0.2,
  });
});
