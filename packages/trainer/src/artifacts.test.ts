import { parseModelConfig } from '@flanlab/language-model';
import { openSession } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { buildTrainingArtifacts } from './artifacts.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { nextName } from './state-names.js';

const config = parseModelConfig({
  model_type: 'gpt2',
  vocab_size: 20,
  n_embd: 8,
  n_layer: 1,
  n_head: 2,
  n_positions: 16,
});

describe.each<[string, Partial<Recipe>, number, number]>([
  ['full', { weightDecay: 0.1 }, 16, 0],
  ['full with accumulation', { gradientAccumulation: 4 }, 16, 0],
  ['lora', { method: 'lora' }, 2, 16],
])('the artifacts of %s', (_name, recipe, trained, frozen) => {
  const artifacts = buildTrainingArtifacts({ config, recipe: parseRecipe(recipe) });

  it('are the same bytes each time', () => {
    const again = buildTrainingArtifacts({ config, recipe: parseRecipe(recipe) });
    expect(Buffer.from(again.files['training_model.onnx']).equals(artifacts.files['training_model.onnx'])).toBe(true);
  });

  it('take the parameters and moments, and put out the next ones of what is trained', async () => {
    expect([artifacts.trained.length, artifacts.frozen.length]).toEqual([trained, frozen]);
    await using training = await openSession(artifacts.files['training_model.onnx'], { threads: 1 });
    const accumulates = (recipe.gradientAccumulation ?? 1) > 1;
    const feeds = ['tokens', 'sizes', 'scalars', ...(accumulates ? ['batches'] : []), 'first_step'];
    const names = [...artifacts.frozen, ...artifacts.state].map(({ name }) => name);
    // Only dropout reads the number of the step: without it the input may be there unused.
    expect(training.inputs.map(({ name }) => name).sort()).toEqual([...names, ...feeds].sort());
    expect(training.outputs.map(({ name }) => name)).toEqual([
      ...artifacts.state.map(({ name }) => nextName(name)),
      'loss',
      'grad_norm',
      'grad_squares',
    ]);
    await using evaluation = await openSession(artifacts.files['eval_model.onnx'], { threads: 1 });
    expect(evaluation.outputs.map(({ name }) => name)).toEqual(['loss_sum', 'targets']);
  });
});
