import { join } from 'node:path';
import { testModel } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

export const testCommand = defineCommand({
  name: 'test',
  describe: 'Test a model on tasks and write the result files',
  options: {
    model: { type: 'string', describe: 'Folder of the model', required: true },
    adapter: { type: 'string', describe: 'Folder of a LoRA adapter' },
    mode: {
      type: 'string',
      describe: 'direct: a tuned model. base: without examples. pipeline: a base model after solved examples',
      choices: ['direct', 'base', 'pipeline'],
      required: true,
    },
    tasks: { type: 'string', describe: 'Names of tasks', required: true, list: true },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
    prompts: { type: 'string', describe: 'Folder of test prompts, <kind>/<task>/test' },
    'prompt-format': {
      type: 'string',
      describe: 'What a tuned model was taught: SampleGen (mix_prompts) or Regular (flan_prompts)',
      choices: ['mix_prompts', 'flan_prompts'],
      default: 'flan_prompts',
    },
    format: { type: 'string', describe: 'BIG-bench prompt style', default: 'closed' },
    'sample-source': {
      type: 'string',
      describe: 'Where a pipeline takes its examples from',
      choices: ['train_data', 'model'],
      default: 'train_data',
    },
    'train-prompts': { type: 'string', describe: 'SampleGen training prompts, for train_data' },
    'ablation-mixture': {
      type: 'string',
      describe: 'In place of --train-prompts: a SampleGen mixture, whose rows lend samples whatever their task',
    },
    'ablation-samples': { type: 'number', describe: 'With it: rows that lend their first sample (default 2)' },
    samples: { type: 'string', describe: "Per-sample file of a SampleGen model's own test, for model" },
    'samplegen-model': { type: 'string', describe: 'Name of that model in the logs' },
    'num-test': { type: 'number', describe: 'Rows drawn of each task; all when left out' },
    'max-new-tokens': { type: 'number', describe: 'Tokens after which a response is cut off', default: 250 },
    seed: { type: 'number', describe: 'Seed of the draw', default: 42 },
    encoder: { type: 'string', describe: 'Folder of an encoder: adds BERTScore accuracy' },
    layer: { type: 'number', describe: 'Layer of the encoder' },
    compat: {
      type: 'boolean',
      describe: 'Extraction, scores and the 4 bits below an adapter as published',
      default: false,
    },
    threads: { type: 'number', describe: 'Threads; all cores when left out' },
    'job-id': { type: 'string', describe: 'Identifier for the logs' },
    out: { type: 'string', describe: 'Folder for eval_logs.csv and the per-sample files', required: true },
  },
  examples: [
    {
      args: 'test --model model --mode base --tasks rte --prompts prompts --num-test 2 --max-new-tokens 4 --out out/tests',
      describe: 'Two rows with the base model',
    },
  ],
  async run(args, { signal, progress, logTo, log }) {
    const { model, adapter, mode, tasks, prompts, format, samples, seed, encoder, layer, compat, threads, out } = args;
    const pipeline = args['sample-source'] === 'model' ? 'pipeline-model' : 'pipeline-gold';
    const events = testModel({
      modelDir: model,
      adapterDir: adapter,
      tasks,
      taskFile: args['task-file'],
      mode: mode === 'pipeline' ? pipeline : mode,
      prompts,
      trainPrompts: args['train-prompts'],
      ablationMixture: args['ablation-mixture'],
      ablationSamples: args['ablation-samples'],
      samples,
      samplegenModel: args['samplegen-model'],
      promptFormat: args['prompt-format'],
      format,
      numTest: args['num-test'],
      maxNewTokens: args['max-new-tokens'],
      seed,
      encoderDir: encoder,
      layer,
      jobId: args['job-id'],
      compat,
      threads,
      out,
      signal,
    });
    const results: Readonly<Record<string, unknown>>[] = [];
    const rows: (readonly string[])[] = [['task', 'metric', 'score', 'rows']];
    for await (const event of events) {
      const { task } = event;
      if (event.type === 'started') {
        logTo(join(out, 'flanlab.log'));
        log({ task, total: event.total, done: event.done }, 'started');
      } else if (event.type === 'row-end') {
        progress.update({ title: task, done: event.done, total: event.total, unit: 'rows' });
      } else if (event.type === 'finished') {
        const { evaluation, paths } = event;
        const { metric, mainKey, values, n, bertScore, counts } = evaluation;
        log({ task, values }, 'finished');
        results.push({ task, metric, n, values, bertScore, counts, files: paths });
        rows.push([task, mainKey, values[mainKey]?.toFixed(2) ?? '-', String(n)]);
      }
    }
    return { data: { mode, out, results }, text: formatTable(rows) };
  },
});
