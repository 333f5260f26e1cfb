import { join } from 'node:path';
import { loadTokenizer } from '@flanlab/language-model';
import { mixtureRows, trainInFolder } from '@flanlab/study';
import { fitRecipe, inspectRow, type Recipe } from '@flanlab/trainer';
import { type CommandOutput, defineCommand } from '../command.js';
import { memoryLimit } from '../memory-limit.js';
import { readOverrides } from '../overrides.js';
import { readRecipe } from '../recipe-file.js';
import { showTraining } from '../show-training.js';
import { formatTokens } from '../terminal/format-tokens.js';

export const trainCommand = defineCommand({
  name: 'train',
  describe: 'Train a model, or an adapter on it, on a dataset of prompts',
  options: {
    model: { type: 'string', describe: 'Hugging Face folder of the model to start from', required: true },
    data: {
      type: 'string',
      describe: 'Dataset folder with train and perhaps validation or test, or a file of rows with text',
      required: true,
    },
    recipe: { type: 'string', describe: 'YAML file; the defaults when left out (see configs/recipes)' },
    set: {
      type: 'string',
      describe: 'Override an entry of the recipe: path=value, such as lora.rank=8; may be given again',
      repeat: true,
    },
    'max-steps': { type: 'number', describe: 'Stop after so many optimizer steps' },
    resume: {
      type: 'string',
      describe: 'auto: go on from the newest checkpoint; never: start anew; or the folder of a checkpoint',
      default: 'auto',
    },
    inspect: { type: 'number', describe: 'Only show so many rows as training sees them, with what is learned' },
    'memory-limit': {
      type: 'string',
      describe: "Refuse a run that needs more, such as 12GiB; this machine's memory when left out, or none",
    },
    tensorboard: { type: 'boolean', describe: 'Write curves for TensorBoard beside metrics.jsonl', default: true },
    provider: {
      type: 'string',
      describe: 'Where to compute; `flanlab doctor` says which of them work here',
      choices: ['cpu', 'cuda', 'webgpu'],
      default: 'cpu',
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
    {
      args: 'train --model model --data mixture --recipe recipe.yaml --inspect 2 --out out/tuned',
      describe: 'No training: two rows, token by token, with what the model learns of them',
    },
    {
      args: 'train --model model --data mixture --set method=lora --set packing=true --max-steps 2 --out out/lora',
      describe: 'A LoRA adapter on packed rows, without a recipe file',
    },
  ],
  async run({ model, data, recipe: file, resume, provider, threads, out, tensorboard, ...args }, context) {
    const maxSteps = args['max-steps'];
    const recipe = await readRecipe(file, [
      ...readOverrides(args.set, 'learningRate=1e-4'),
      ...(maxSteps === undefined ? [] : [{ path: 'maxSteps', value: maxSteps }]),
    ]);
    if (args.inspect !== undefined) return inspectRows(model, data, recipe, args.inspect, context.colour);
    const limit = memoryLimit(args['memory-limit']);
    const events = trainInFolder({
      modelDir: model,
      data,
      recipe,
      resume,
      provider,
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
      ...(limit === undefined ? {} : { memoryLimitBytes: limit }),
      ...(tensorboard ? { tensorBoard: join(out, 'tensorboard') } : {}),
      ...(threads === undefined ? {} : { threads }),
    });
    const outcome = await showTraining(events, context, join(out, 'flanlab.log'));
    const { steps, loss, savedStep } = outcome;
    const best = savedStep === steps ? '' : `, saved as it was after step ${savedStep}`;
    return {
      data: { out, ...outcome, metrics: join(out, 'metrics.jsonl') },
      text: `${steps} steps, last loss ${loss.toFixed(4)}${best}: ${out}`,
    };
  },
});

async function inspectRows(
  model: string,
  data: string,
  recipe: Recipe,
  count: number,
  colour: boolean,
): Promise<CommandOutput> {
  const tokenizer = await loadTokenizer(model);
  const rows = (await mixtureRows(data, 'train')).slice(0, count);
  const fitted = await fitRecipe(recipe, model);
  const inspected = rows.map((row) => inspectRow(row, tokenizer, fitted));
  return { data: { rows: inspected }, text: inspected.map((row) => formatTokens(row, { colour })).join('\n\n') };
}
