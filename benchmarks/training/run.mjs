// Training speed and memory, side by side: flanlab and PyTorch take turns in one run on the same shapes.
//   node benchmarks/training/run.mjs [--python PATH] [--shapes quickstart,llama-30m] [--rounds 3] [--out FILE.json]
// Needs a Python with torch and transformers for the peer (`pip install torch transformers`), and built packages.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const SHAPES = {
  quickstart: {
    config: {
      vocab_size: 1024,
      hidden_size: 128,
      intermediate_size: 352,
      num_hidden_layers: 4,
      num_attention_heads: 4,
      num_key_value_heads: 4,
      max_position_embeddings: 1024,
      tie_word_embeddings: true,
    },
    batch: 8,
    length: 256,
    steps: 48,
    warmup: 8,
    stepsPerRun: 8,
  },
  'llama-30m': {
    config: {
      vocab_size: 16_384,
      hidden_size: 512,
      intermediate_size: 1376,
      num_hidden_layers: 7,
      num_attention_heads: 8,
      num_key_value_heads: 8,
      max_position_embeddings: 1024,
      tie_word_embeddings: true,
    },
    batch: 4,
    length: 256,
    steps: 12,
    warmup: 4,
    stepsPerRun: 4,
  },
};

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    shapes: { type: 'string', default: Object.keys(SHAPES).join(',') },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
const here = import.meta.dirname;
const threads = availableParallelism();
const sides = {
  flanlab: (request) => [process.execPath, [join(here, 'flanlab.mjs'), request]],
  pytorch: (request) => [values.python, [join(here, 'peer.py'), request]],
};
const measure = (side, shape) => {
  const [command, args] = sides[side](JSON.stringify({ ...shape, threads }));
  const text = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
  return JSON.parse(text.trim().split('\n').at(-1));
};
const best = (results) => results.reduce((a, b) => (b.tokensPerSecond > a.tokensPerSecond ? b : a));

const report = { machine: `${cpus()[0].model}, ${threads} threads`, node: process.version, shapes: {} };
for (const name of values.shapes.split(',')) {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`Unknown shape ${name}; there are ${Object.keys(SHAPES).join(', ')}.`);
  const results = { flanlab: [], pytorch: [] };
  // Taking turns: a machine that slows down slows both.
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of Object.keys(results)) results[side].push(measure(side, shape));
  }
  const [ours, peer] = [best(results.flanlab), best(results.pytorch)];
  report.shapes[name] = { shape, flanlab: results.flanlab, pytorch: results.pytorch };
  const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${name}: full fine-tuning, ${(ours.parameters / 1e6).toFixed(2)} M parameters, batch ${shape.batch} x ${shape.length}`,
  );
  for (const [side, result] of [
    ['flanlab', ours],
    [peer.library, peer],
  ]) {
    console.log(
      `  ${side.padEnd(42)} ${Math.round(result.tokensPerSecond)} tokens/s, ${Math.round(result.secondsPerStep * 1000)} ms/step, peak ${megabytes(result.peakBytes)} (${megabytes(result.baselineBytes)} before the first step)`,
    );
  }
  console.log(
    `  flanlab / PyTorch: ${(ours.tokensPerSecond / peer.tokensPerSecond).toFixed(2)} x tokens/s, ${(ours.peakBytes / peer.peakBytes).toFixed(2)} x peak memory`,
  );
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
