// flanlab's side of benchmarks/mixtures/run.mjs.
import { join } from 'node:path';
import { createMixture } from '../../packages/study/dist/index.js';
import { readRequest } from '../side-by-side.mjs';

const { prompts, guard, tasks, out } = readRequest();
const started = performance.now();
const card = await createMixture({
  setup: { description: 'the tasks of the benchmark', tasks, heldOut: [] },
  prompts,
  guard,
  out: join(out, 'flanlab'),
});
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakBytes, train: card.train, test: card.test }),
);
