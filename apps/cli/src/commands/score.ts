import { scoreTask } from '@flanlab/evaluator';
import { findTaskIn } from '@flanlab/flan-datasets';
import { defineCommand } from '../command.js';
import { readPredictions } from '../predictions.js';
import { formatTable } from '../terminal/format.js';

export const scoreCommand = defineCommand({
  name: 'score',
  describe: "Score predictions with a task's own metrics",
  options: {
    task: { type: 'string', describe: 'Name of the task', positional: true, required: true },
    predictions: { type: 'string', describe: 'JSON Lines with prediction, target and perhaps options', required: true },
    compat: { type: 'boolean', describe: 'As the published study: mean over batches', default: false },
    'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
    'batch-size': { type: 'number', describe: 'Rows of a batch, with --compat', default: 1 },
  },
  examples: [{ args: 'score rte --predictions predictions.jsonl --json', describe: "The task's metrics as JSON" }],
  async run({ task, predictions, compat, ...args }) {
    const { metric } = await findTaskIn(task, args['task-file']);
    const { predicted, targets, labels, groups } = await readPredictions(predictions);
    const score = scoreTask(metric, predicted, targets, {
      compat,
      batchSize: args['batch-size'],
      ...labels,
      ...groups,
    });
    const { values, intervals, higherIsBetter, mainKey, n, overAllRows } = score;
    const rows = Object.entries(values).map(([name, value]) => {
      const interval = intervals[name];
      return [name, value.toFixed(2), interval ? `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}` : ''];
    });
    return {
      data: {
        task,
        metric,
        n,
        mainKey,
        higherIsBetter,
        ...values,
        values,
        intervals,
        ...(overAllRows ? { overAllRows } : {}),
      },
      text: `${task}: ${metric} of ${n} predictions\n${formatTable([['', 'value', '95 % interval'], ...rows])}`,
    };
  },
});
