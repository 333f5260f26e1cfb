// One side of run.mjs: loads a task from local Parquet in compat mode, row by row, and says how long it took.
import { loadTask } from '../../packages/flan-datasets/dist/index.js';
import { readRequest } from '../side-by-side.mjs';

const { task, source, wholeSplit } = readRequest();
const start = performance.now();
let rows = 0;
let characters = 0;
let halfway = 0;
for await (const row of loadTask(task, { split: 'train', source, compat: !wholeSplit })) {
  rows += 1;
  for (const name in row) if (typeof row[name] === 'string') characters += row[name].length;
  if (rows === 100_000) halfway = process.resourceUsage().maxRSS * 1024;
}
const seconds = (performance.now() - start) / 1000;
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ seconds, rows, characters, peakBytes, peakAfterFirst100k: halfway }));
