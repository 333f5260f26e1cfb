// The flanlab side of the training benchmark: the public `train()` on the same shapes. Prints one JSON line.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  initialiseWeights,
  parseModelConfig,
  readCheckpoint,
  writeCheckpoint,
} from '../../packages/language-model/dist/index.js';
import { train } from '../../packages/trainer/dist/index.js';
import { readRequest } from '../side-by-side.mjs';
import { wordTexts, wordTokenizer } from '../words.mjs';

const request = readRequest();
const { batch, length, steps, warmup, threads, stepsPerRun, lora, weights, completion = 1, provider = 'cpu' } = request;
const dir = await mkdtemp(join(tmpdir(), 'flanlab-benchmark-'));

function* rows(count) {
  for (const text of wordTexts(Array(count).fill(length), request.config.vocab_size)) {
    const words = text.split(' ');
    const before = words.slice(0, Math.round((1 - completion) * length)).join(' ');
    yield { text, labelStart: before.length, labelEnd: text.length };
  }
}

try {
  const modelDir = join(dir, 'model');
  const files = wordTokenizer(request.config.vocab_size);
  if (weights !== undefined) {
    const { config, tensors } = await readCheckpoint(weights);
    await writeCheckpoint(modelDir, { config, tensors, files });
  } else {
    const config = parseModelConfig({ architectures: ['LlamaForCausalLM'], model_type: 'llama', ...request.config });
    await writeCheckpoint(modelDir, { config, tensors: initialiseWeights(config, 0), files });
  }
  const baselineBytes = process.resourceUsage().maxRSS * 1024;
  const totalSteps = warmup + steps;
  const seconds = [];
  let parameters = 0;
  let previous;
  for await (const event of train({
    modelDir,
    rows: rows(batch * totalSteps),
    recipe: {
      ...(lora ? { method: 'lora', lora } : { method: 'full' }),
      target: 'completion',
      learningRate: 1e-3,
      warmupRatio: 0,
      batchSize: batch,
      maxLength: length,
      appendEos: false,
      maxSteps: totalSteps,
      stepsPerRun,
      logEvery: 0,
      evalEvery: 0,
      saveEvery: 0,
      ...request.recipe,
    },
    out: join(dir, 'out'),
    runDir: join(dir, 'run'),
    threads,
    provider,
  })) {
    if (event.type === 'started') parameters = event.trainedParameters + event.frozenParameters;
    if (event.type !== 'step-end') continue;
    // Steps of one run end together; the time between runs, shared by their steps, is a step's time.
    if (event.step % stepsPerRun === 0) {
      const now = performance.now();
      if (previous !== undefined && event.step > warmup) seconds.push((now - previous) / 1000 / stepsPerRun);
      previous = now;
    }
  }
  seconds.sort((a, b) => a - b);
  const secondsPerStep = seconds[seconds.length >> 1];
  const result = {
    library: 'flanlab',
    parameters,
    secondsPerStep,
    tokensPerSecond: (batch * length) / secondsPerStep,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    baselineBytes,
  };
  console.log(JSON.stringify(result));
} finally {
  await rm(dir, { recursive: true, force: true });
}
