import { join } from 'node:path';
import { trainInFolder } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { readRecipe } from '../recipe-file.js';
import { showTraining } from '../show-training.js';

export const trainCommand = defineCommand({
  name: 'train',
  describe: 'Train a model, or an adapter on it, on a dataset of prompts',
  options: {
    model: { type: 'string', describe: 'Hugging Face folder of the model to start from', required: true },
    data: {
      type: 'string',
      describe: 'Dataset folder with train and perhaps test, or a file of rows with text',
      required: true,
    },
    recipe: { type: 'string', describe: 'YAML file; the defaults when left out (see configs/recipes)' },
    'max-steps': { type: 'number', describe: 'Stop after so many optimizer steps' },
    resume: {
      type: 'string',
      describe: 'Go on from the newest checkpoint, or start anew',
      choices: ['auto', 'never'],
      default: 'auto',
    },
    threads: { type: 'number', describe: 'Threads; all cores when left out. The same number gives the same bits' },
    'job-id': { type: 'string', describe: 'Identifier for train_logs.csv' },
    out: { type: 'string', describe: 'Folder for model or adapter, metrics.jsonl and checkpoints', required: true },
  },
  examples: [
    {
      args: 'train --model model --data mixture --recipe recipe.yaml --max-steps 2 --out out/tuned',
      describe: 'Two steps, to see that everything fits',
    },
  ],
  async run({ model, data, recipe: file, resume, threads, out, ...args }, context) {
    const recipe = await readRecipe(file, { maxSteps: args['max-steps'] });
    const events = trainInFolder({
      modelDir: model,
      data,
      recipe,
      resume,
      out,
      signal: context.signal,
      trainLog: {
        path: join(out, 'train_logs.csv'),
        row: {
          job_id: args['job-id'] ?? '',
          run_name: out,
          model_name: model,
          dataset: data,
          outer_template: '',
          inner_template: '',
          num_inner: '',
        },
      },
      ...(threads === undefined ? {} : { threads }),
    });
    const { steps, loss, evalLoss } = await showTraining(events, context, join(out, 'flanlab.log'));
    const metrics = join(out, 'metrics.jsonl');
    return {
      data: { out, steps, loss, evalLoss, metrics },
      text: `${steps} steps, last loss ${loss.toFixed(4)}: ${out}`,
    };
  },
});
