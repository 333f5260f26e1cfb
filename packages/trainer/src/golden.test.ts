import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCheckpoint, readSafetensors } from '@flanlab/language-model';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import type { OptimizerPlace } from './artifacts.js';
import { collateSteps, type StepWindow } from './batches.js';
import { parseRecipe } from './recipe.js';
import { Stepper } from './stepper.js';
import { expectSteps, expectWeights, type GoldenSteps, relative } from './test-golden.js';
import { tokenisedRow } from './test-steps.js';
import { trainingSetup } from './trainee.js';
import { buildEvalModel, buildGradientModel, buildTrainingModel, type ParameterShape } from './training-graph.js';

interface Golden extends GoldenSteps {
  readonly settings: {
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
    readonly adam: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
    readonly warmupSteps: number;
    readonly lora?: { readonly rank: number; readonly alpha: number };
  };
}

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url));
const golden = (name: string): Golden => JSON.parse(readFileSync(path(`${name}.json`), 'utf8')) as Golden;

const windows = ({ steps }: Golden): StepWindow[] =>
  steps.map((window) => window.map((batch) => batch.map(tokenisedRow)));

async function* tensors(
  shapes: readonly ParameterShape[],
  files: readonly ReadonlyMap<string, { float32(): Promise<Float32Array> }>[],
): AsyncGenerator<readonly [string, Tensor]> {
  for (const { name, shape } of shapes) {
    const data = await files
      .find((file) => file.has(name))!
      .get(name)!
      .float32();
    yield [name, { type: 'float32', dims: shape, data }];
  }
}

/** Runs the twenty steps of a golden file; `rearrange` changes how the rows of a step are batched. */
async function replay(
  name: string,
  {
    family = name.split('-')[0]!,
    stepsPerRun = 7,
    rearrange = (window: StepWindow): StepWindow => window,
    optimizer = 'host' as OptimizerPlace,
  } = {},
) {
  const expected = golden(name);
  const { settings } = expected;
  const { config, tensors: base } = await readCheckpoint(path(family));
  const { warmupSteps, lora, ...rest } = settings;
  const A = Math.max(...windows(expected).map((window) => rearrange(window).length));
  const recipe = parseRecipe({
    ...rest,
    gradientAccumulation: A,
    batchSize: 3,
    ...(lora ? { method: 'lora', lora: { ...lora, dropout: 0 } } : {}),
  });
  const { lossModel: model, trained, frozen } = trainingSetup(config, recipe, 'base');
  const steps = windows(expected).map(rearrange);
  const totalSteps = steps.length;
  const schedule = { schedule: 'linear', learningRate: settings.learningRate, warmupSteps, totalSteps } as const;
  const plan = { totalSteps, stepsPerEpoch: totalSteps, window: (step: number) => steps[step]! };
  const build = optimizer === 'graph' ? buildTrainingModel : buildGradientModel;
  await using stepper = await Stepper.open(build(model, trained, frozen, recipe), {
    optimizer,
    trained,
    recipe,
    schedule,
    plan,
    padId: 0,
    runtime: { threads: 1 },
  });
  const files = [base, ...(lora ? [(await readSafetensors(path(`${name}-start.safetensors`))).tensors] : [])];
  for await (const [key, tensor] of tensors(frozen, files)) await stepper.put(key, tensor);
  await stepper.start(tensors(trained, files));
  const results = [];
  for (let step = 0; step < totalSteps; step += stepsPerRun) {
    results.push(...(await stepper.run(step, Math.min(stepsPerRun, totalSteps - step))));
  }
  const parameters = await stepper.readParameters();
  return { expected, results, parameters, model, frozen, trained, files, steps };
}

describe.each(['llama-full', 'gpt2-full', 'llama-lora'])('%s', (name) => {
  it("gives PyTorch's losses, gradient norms, rates and weights over 20 steps", async () => {
    const { expected, results, parameters } = await replay(name);
    expectSteps(results, expected);
    expectWeights(parameters, expected);
  });
});

describe('accumulation', () => {
  const first = async (sizes: readonly number[]) => {
    const { results, parameters } = await replay('llama-full', {
      rearrange: (window) => {
        const six = window.flat();
        const rows = [...six, ...six.slice(0, 2)];
        return sizes.map((size, i) => {
          const start = sizes.slice(0, i).reduce((sum, before) => sum + before, 0);
          return rows.slice(start, start + size);
        });
      },
    });
    return { results, parameters };
  };

  it('learns the same from 8 × 1, 4 × 2 and 1 × 8 rows, and from uneven batches', async () => {
    const whole = await first([8]);
    for (const sizes of [
      [1, 1, 1, 1, 1, 1, 1, 1],
      [2, 2, 2, 2],
      [5, 3],
    ]) {
      const parts = await first(sizes);
      for (const [i, { loss, gradNorm }] of parts.results.entries()) {
        expect(relative(loss, whole.results[i]!.loss)).toBeLessThan(2e-5);
        expect(relative(gradNorm, whole.results[i]!.gradNorm)).toBeLessThan(2e-4);
      }
    }
  });
});

describe('the optimizer on the host and the one in the graph', () => {
  const halves = (window: StepWindow): StepWindow => [window.flat().slice(0, 2), window.flat().slice(2)];
  it.each([
    ['gpt2-full', undefined],
    ['llama-full', halves],
    ['llama-lora', undefined],
  ])('give the same bits: %s', async (name, rearrange) => {
    const [host, graph] = await Promise.all(
      (['host', 'graph'] as const).map((optimizer) => replay(name, { optimizer, ...(rearrange && { rearrange }) })),
    );
    expect(host!.results).toEqual(graph!.results);
    expect(host!.parameters).toEqual(graph!.parameters);
  });
});

it('has the same bits however many steps a run takes', async () => {
  const [one, five, twenty] = await Promise.all(
    [1, 5, 20].map((stepsPerRun) => replay('gpt2-full', { stepsPerRun, optimizer: 'graph' })),
  );
  expect(five!.results).toEqual(one!.results);
  expect(twenty!.parameters).toEqual(one!.parameters);
  expect(five!.parameters).toEqual(one!.parameters);
});

it('the evaluation model gives the loss that training starts with', async () => {
  const { expected, model, frozen, trained, files, steps } = await replay('llama-lora');
  await using session = await openSession(buildEvalModel(model, [...frozen, ...trained]), { threads: 1 });
  for await (const [name, tensor] of tensors([...frozen, ...trained], files)) await session.put(name, tensor);
  let sum = 0;
  for (const batch of steps[0]!) {
    const { tokens } = collateSteps([[batch]], 0);
    const { loss_sum, targets } = await session.run({ tokens: { ...tokens, dims: tokens.dims.slice(2) } });
    expect((targets!.data as Float32Array)[0]).toBe(batch.reduce((total, row) => total + row.targets, 0));
    sum += (loss_sum!.data as Float32Array)[0]!;
  }
  const targets = steps[0]!.flat().reduce((total, row) => total + row.targets, 0);
  expect(relative(sum / targets, expected.losses[0]!)).toBeLessThan(1e-5);
});
