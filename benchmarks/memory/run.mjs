// Estimated against measured peak memory of training, one process a case. Prints a table.
// Run: node benchmarks/memory/run.mjs [part of a case's name]…
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialiseWeights, parseModelConfig, writeCheckpoint } from '../../packages/language-model/dist/index.js';
import { estimateMemory, parseRecipe, train } from '../../packages/trainer/dist/index.js';
import { LLAMA_30M, SMALL } from '../shapes.mjs';
import { wordTexts, wordTokenizer } from '../words.mjs';

const WIDE_VOCABULARY = { ...SMALL, vocab_size: 16_384 };
const MEDIUM = {
  ...SMALL,
  hidden_size: 256,
  intermediate_size: 704,
  num_key_value_heads: 2,
  tie_word_embeddings: false,
};
const LORA = { method: 'lora', lora: { rank: 16, dropout: 0.1, targetModules: ['all-linear'] } };
/** name, model, batch, length, recipe, and 'evaluated' where rows are also evaluated on */
const CASES = [
  ['small, full', SMALL, 4, 256, {}],
  ['small, accumulation', SMALL, 2, 256, { gradientAccumulation: 4 }],
  ['medium, full', MEDIUM, 4, 256, {}],
  ['medium, long rows', MEDIUM, 1, 1024, {}],
  ['medium, lora', MEDIUM, 4, 256, LORA],
  ['wide vocabulary', WIDE_VOCABULARY, 4, 128, {}],
  ['30 M, full', LLAMA_30M, 2, 128, {}],
  ['30 M, lora', LLAMA_30M, 2, 256, LORA],
  ['30 M, full, long batch', LLAMA_30M, 4, 256, {}],
  ['medium, checkpointed', MEDIUM, 1, 1024, { gradientCheckpointing: true }],
  ['30 M, checkpointed', LLAMA_30M, 4, 256, { gradientCheckpointing: true }],
  ['30 M, qlora', LLAMA_30M, 2, 256, { ...LORA, method: 'qlora' }],
  ['medium, lora, checkpointed', MEDIUM, 1, 1024, { ...LORA, gradientCheckpointing: true }],
  ['medium, packed', MEDIUM, 2, 512, { packing: true }],
  ['medium, full, evaluated', MEDIUM, 4, 256, {}, 'evaluated'],
  ['30 M, lora, evaluated', LLAMA_30M, 2, 256, LORA, 'evaluated'],
  ['30 M, qlora, evaluated', LLAMA_30M, 2, 256, { ...LORA, method: 'qlora' }, 'evaluated'],
  ['30 M, full, evaluated', LLAMA_30M, 2, 128, {}, 'evaluated'],
];
const STEPS = 3;

const settings = (recipe, batchSize, maxLength) => ({
  batchSize,
  maxLength,
  appendEos: false,
  maxSteps: STEPS,
  stepsPerRun: 2,
  logEvery: 0,
  evalEvery: 0,
  saveEvery: 2,
  ...recipe,
});

async function measure(dir, [, model, batch, length, recipe, evaluated]) {
  // Packed rows are made of short ones.
  const parts = recipe.packing ? 8 : 1;
  const texts = (rows) =>
    Array.from(wordTexts(Array(rows * parts).fill(length / parts), model.vocab_size), (text) => ({ text }));
  const events = train({
    modelDir: join(dir, 'model'),
    rows: texts(batch * STEPS * (recipe.gradientAccumulation ?? 1)),
    ...(evaluated ? { evalRows: texts(2 * batch) } : {}),
    recipe: { ...settings(recipe, batch, length), ...(evaluated ? { evalEvery: 1 } : {}) },
    out: join(dir, 'out'),
    runDir: join(dir, 'run'),
    threads: 1,
  });
  for await (const _event of events);
  console.log(process.resourceUsage().maxRSS * 1024);
}

const configOf = (model) => parseModelConfig({ architectures: ['LlamaForCausalLM'], model_type: 'llama', ...model });
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0).padStart(8);

const [mode, ...further] = process.argv.slice(2);
if (mode === '--measure') await measure(further[1], CASES[Number(further[0])]);
else {
  const wanted = mode === undefined ? [''] : [mode, ...further];
  console.log(`${'case'.padEnd(26)} estimated MiB  measured  ratio`);
  for (const [i, [name, model, batch, length, recipe, evaluated]] of CASES.entries()) {
    if (!wanted.some((part) => name.includes(part))) continue;
    const folder = await mkdtemp(join(tmpdir(), 'memory-'));
    try {
      const config = configOf(model);
      const files = wordTokenizer(model.vocab_size);
      await writeCheckpoint(join(folder, 'model'), { config, tensors: initialiseWeights(config, 0), files });
      const child = [process.argv[1], '--measure', String(i), folder];
      const stdout = execFileSync(process.execPath, child, { stdio: ['ignore', 'pipe', 'inherit'] });
      const peak = Number(stdout);
      const { totalBytes, parts } = estimateMemory(config, parseRecipe(settings(recipe, batch, length)), {
        longest: length,
        evaluates: evaluated !== undefined,
      });
      const ratio = (totalBytes / peak).toFixed(2);
      const inMebibytes = Object.entries(parts).map(([part, bytes]) => `${part} ${Math.round(bytes / 2 ** 20)}`);
      console.log(
        `${name.padEnd(26)}${mebibytes(totalBytes)}      ${mebibytes(peak)}   ${ratio}   ${inMebibytes.join(', ')}`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
