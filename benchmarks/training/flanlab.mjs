// The flanlab side of the training benchmark: the public `train()` on the same shapes. Prints one JSON line.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialiseWeights, parseModelConfig, writeCheckpoint } from '../../packages/language-model/dist/index.js';
import { train } from '../../packages/trainer/dist/index.js';
import { readRequest } from '../side-by-side.mjs';
import { wordTexts, wordTokenizer } from '../words.mjs';

const request = readRequest();
const { batch, length, steps, warmup, threads, stepsPerRun } = request;
const dir = await mkdtemp(join(tmpdir(), 'flanlab-benchmark-'));

function* rows(count) {
  for (const text of wordTexts(Array(count).fill(length), request.config.vocab_size)) yield { text };
}

try {
  const config = parseModelConfig({ architectures: ['LlamaForCausalLM'], model_type: 'llama', ...request.config });
  const modelDir = join(dir, 'model');
  await writeCheckpoint(modelDir, {
    config,
    tensors: initialiseWeights(config, 0),
    files: wordTokenizer(request.config.vocab_size),
  });
  const baselineBytes = process.resourceUsage().maxRSS * 1024;
  const totalSteps = warmup + steps;
  const seconds = [];
  let parameters = 0;
  let previous;
  for await (const event of train({
    modelDir,
    rows: rows(batch * totalSteps),
    recipe: {
      method: 'full',
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
    },
    out: join(dir, 'out'),
    runDir: join(dir, 'run'),
    threads,
  })) {
    if (event.type === 'started') parameters = event.trainedParameters;
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
