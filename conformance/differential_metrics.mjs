// flanlab's side of conformance/differential_metrics.py. Run by that script: node conformance/differential_metrics.mjs < BATCHES.jsonl
import { readFileSync } from 'node:fs';
import { scoreTask } from '../packages/evaluator/dist/index.js';

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const { metric, rows } = JSON.parse(line);
  const [targets, predictions] = [0, 1].map((side) => rows.map((row) => row[side]));
  const { values } = scoreTask(metric, predictions, targets, { compat: true, batchSize: rows.length, seed: 42 });
  console.log(JSON.stringify(values));
}
