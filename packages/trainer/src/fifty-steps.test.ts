import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCheckpoint, readSafetensors } from '@flanlab/language-model';
import { describe, expect, it } from 'vitest';
import { planBatches } from './batches.js';
import { parseRecipe } from './recipe.js';
import { expectSteps } from './test-golden.js';
import { runSteps, tokenisedRow } from './test-steps.js';

interface FiftySteps {
  readonly rows: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
  readonly seed: number;
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly maxGradNorm: number;
  /** Rows of each batch of each step. */
  readonly order: readonly (readonly (readonly number[])[])[];
  readonly float32: Run;
  readonly nf4: Run;
}

interface Run {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly learningRates: readonly number[];
}

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const golden = JSON.parse(readFileSync(path('fifty-steps/steps.json'), 'utf8')) as FiftySteps;
const { seed, batchSize, gradientAccumulation, learningRate, maxGradNorm } = golden;
const common = { seed, batchSize, gradientAccumulation, learningRate, maxGradNorm, warmupRatio: 0.1, maxSteps: 50 };
const lora = {
  rank: 4,
  alpha: 8,
  dropout: 0,
  targetModules: ['all-linear'],
  rsLora: true,
  rankPattern: { down_proj: 2 },
  alphaPattern: { 'self_attn.q_proj': 4 },
};

describe.each([
  ['float32', 'constant', parseRecipe({ ...common, method: 'lora', lora })],
  ['float32', 'fed', parseRecipe({ ...common, method: 'lora', lora })],
  ['nf4', 'fed', parseRecipe({ ...common, method: 'qlora', lora })],
] as const)('fifty steps of transformers.Trainer and peft on %s weights that are %s', (name, held, recipe) => {
  it('have our batches, losses, norms, rates, and end with our adapter', async () => {
    const rows = golden.rows.map(tokenisedRow);
    const plan = planBatches(rows, recipe);
    const order = golden.order.map((_, step) => plan.window(step).map((batch) => batch.map(({ index }) => index)));
    expect(order).toEqual(golden.order);
    const base = await readCheckpoint(path('golden/llama'));
    const start = (await readSafetensors(path('fifty-steps/start.safetensors'))).tensors;
    const { warmupSteps } = golden;
    const fed = held === 'fed';
    const { results, parameters } = await runSteps({ base, start, recipe, plan, warmupSteps, fed });
    expectSteps(results, golden[name]);
    const final = (await readSafetensors(path(`fifty-steps/${name}-final.safetensors`))).tensors;
    expect(Object.keys(parameters).sort()).toEqual([...final.keys()].sort());
    for (const [key, tensor] of final) {
      const wanted = await tensor.float32();
      const largest = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const actual = parameters[key]!.data as Float32Array;
      const difference = wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - actual[i]!)), 0);
      expect(difference / largest, key).toBeLessThan(1e-3);
    }
  });
});
