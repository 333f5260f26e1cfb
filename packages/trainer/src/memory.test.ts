import { initialiseWeights, parseModelConfig } from '@flanlab/language-model';
import { residentGrowth } from '@flanlab/onnx-session/test';
import { expect, it } from 'vitest';
import { buildTrainingArtifacts } from './artifacts.js';
import { planBatches } from './batches.js';
import { Evaluation } from './evaluation.js';
import { parseRecipe } from './recipe.js';
import { Stepper } from './stepper.js';
import { tokenisedRow } from './test-steps.js';

const MIB = 2 ** 20;

it('gives memory back: 50 trainings, one after the other, leave no trace of their 12 MiB of state each', async () => {
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 4096,
    hidden_size: 128,
    intermediate_size: 128,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    tie_word_embeddings: false,
  });
  const recipe = parseRecipe({ batchSize: 1, maxLength: 8, maxSteps: 2 });
  const { files, trained } = buildTrainingArtifacts({ config, recipe, optimizer: 'host' });
  const weights = initialiseWeights(config, 1);
  const ids = [1, 5, 9, 13, 17, 21, 25, 29];
  const rows = [tokenisedRow({ ids, labels: ids }, 0)];
  const plan = planBatches(rows, recipe, undefined);
  const schedule = { schedule: recipe.schedule, learningRate: 1e-3, warmupSteps: 0, totalSteps: 2 };
  const cycle = async (): Promise<void> => {
    const options = { trained, recipe, schedule, plan, padId: 0, runtime: { threads: 1 }, optimizer: 'host' } as const;
    await using stepper = await Stepper.open(files['training_model.onnx'], options);
    await using evaluation = new Evaluation(files['eval_model.onnx'], {
      ...{ rows, recipe, vocabulary: undefined, padId: 0 },
      open: (model) => stepper.openBeside(model),
    });
    await stepper.start(
      (async function* () {
        for (const [name, { dims, data }] of weights)
          yield [name, { type: 'float32', dims, data: data.slice() }] as const;
      })(),
    );
    const [first, second] = await stepper.run(0, 2);
    expect(second!.loss).toBeLessThan(first!.loss);
    expect((await evaluation.run())!.loss).toBeLessThan(second!.loss);
  };
  // The parameters alone would be 200 MiB, with moments three times that.
  expect((await residentGrowth(cycle)) / MIB).toBeLessThan(100);
}, 240_000);
