// The flanlab side of the training benchmark: the public `train()` on the same shapes. Prints one JSON line.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialiseWeights, parseModelConfig, writeCheckpoint } from '../../packages/language-model/dist/index.js';
import { train } from '../../packages/trainer/dist/index.js';

const request = JSON.parse(process.argv[2]);
const { batch, length, steps, warmup, threads, stepsPerRun } = request;
const dir = await mkdtemp(join(tmpdir(), 'flanlab-benchmark-'));

/** Words of one token each, so that every row is exactly `length` tokens: what is measured is arithmetic, not text. */
function wordTokenizer(vocabularySize) {
  const vocab = Object.fromEntries(Array.from({ length: vocabularySize }, (_, id) => [`w${id}`, id]));
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordPiece',
        vocab,
        unk_token: 'w0',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
      },
    },
    'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: 'w1', pad_token: 'w1' },
  };
}

/** A fixed sequence of words: x ← 1664525·x + 1013904223 mod 2³² (Numerical Recipes). */
function* rows(count, vocabularySize) {
  let x = 1;
  for (let row = 0; row < count; row++) {
    const words = [];
    for (let i = 0; i < length; i++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      words.push(`w${2 + (x % (vocabularySize - 2))}`);
    }
    yield { text: words.join(' ') };
  }
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
    rows: rows(batch * totalSteps, request.config.vocab_size),
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
