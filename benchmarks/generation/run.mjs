// Greedy generation, side by side: flanlab, transformers.js and PyTorch answer the same prompts with the same weights.
//   node benchmarks/generation/run.mjs [--python PATH] [--shapes small,llama-30m] [--rounds 3] [--out FILE.json]
// Needs built packages, and for the peer a Python with torch and transformers. Also says how many answers are the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exportOnnx,
  initialiseWeights,
  parseModelConfig,
  readCheckpoint,
  writeCheckpoint,
} from '../../packages/language-model/dist/index.js';
import { LLAMA_30M, SMALL } from '../shapes.mjs';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';
import { wordTexts, wordTokenizer } from '../words.mjs';

// Prompts as ragged as those of a task: 40 to 250 tokens.
const LENGTHS = Array.from({ length: 32 }, (_, i) => 40 + ((i * 67) % 211));
const SHAPES = {
  small: { config: SMALL, lengths: LENGTHS, maxNewTokens: 64 },
  'llama-30m': { config: LLAMA_30M, lengths: LENGTHS.slice(0, 16), maxNewTokens: 64 },
};

const { python, names, rounds, out } = benchmarkOptions(SHAPES);
const sides = {
  flanlab: [process.execPath, join(import.meta.dirname, 'flanlab.mjs')],
  'transformers.js': [process.execPath, join(import.meta.dirname, 'transformers-js.mjs')],
  pytorch: [python, join(import.meta.dirname, 'peer.py')],
};

/** Random weights, ten times larger than at the start of training: small ones would answer every prompt alike. */
async function writeModel(dir, raw) {
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    eos_token_id: 1,
    pad_token_id: 1,
    ...raw,
  });
  const tensors = initialiseWeights(config, 0);
  for (const { data, dims } of tensors.values())
    if (dims.length > 1) for (let i = 0; i < data.length; i++) data[i] *= 10;
  await writeCheckpoint(dir, { config, tensors, files: wordTokenizer(raw.vocab_size) });
  await exportOnnx(await readCheckpoint(dir), dir);
}

// Greedy answers end with the first end-of-sequence token; what pads a batch after it does not count.
const answer = (tokens) => (tokens.includes(1) ? tokens.slice(0, tokens.indexOf(1)) : tokens);
const best = (results) => results.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const report = {};
const dir = mkdtempSync(join(tmpdir(), 'flanlab-benchmark-'));
try {
  for (const name of names) {
    const { config, lengths, maxNewTokens } = SHAPES[name];
    const modelDir = join(dir, name);
    await writeModel(modelDir, config);
    const prompts = [...wordTexts(lengths, config.vocab_size)];
    const results = takeTurns(sides, { modelDir, prompts, maxNewTokens }, rounds);
    report[name] = { shape: SHAPES[name], results };
    const ours = best(results.flanlab);
    console.log(
      `${name}: ${prompts.length} prompts of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, at most ${maxNewTokens} new tokens each`,
    );
    for (const own of Object.values(results)) {
      const { library, seconds, tokens, peakBytes } = best(own);
      const answers = tokens.map(answer);
      const count = answers.reduce((sum, { length }) => sum + length, 0);
      const same = answers.filter((row, i) => row.join() === answer(ours.tokens[i]).join()).length;
      console.log(
        `  ${library.padEnd(42)} ${Math.round(count / seconds)} tokens/s, ${seconds.toFixed(2)} s, peak ${megabytes(peakBytes)}, ${same} of ${prompts.length} answers as flanlab's`,
      );
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
writeReport(out, report);
