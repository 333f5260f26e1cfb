// transformers.js' side of the generation benchmark: one batch, its own pipeline. Prints one JSON line.
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRequest } from '../side-by-side.mjs';

const { modelDir, prompts, maxNewTokens, threads } = readRequest();
const require = createRequire(new URL('../../packages/language-model/package.json', import.meta.url));
const { AutoModelForCausalLM, AutoTokenizer, env } = await import(
  pathToFileURL(require.resolve('@huggingface/transformers')).href
);
env.allowRemoteModels = false;
env.localModelPath = dirname(modelDir);
const name = basename(modelDir);
const tokenizer = await AutoTokenizer.from_pretrained(name);
tokenizer.padding_side = 'left';
const model = await AutoModelForCausalLM.from_pretrained(name, {
  dtype: 'fp32',
  device: 'cpu',
  session_options: { intraOpNumThreads: threads },
});
const run = async (texts) => {
  const inputs = tokenizer(texts, { padding: true });
  const output = await model.generate({ ...inputs, max_new_tokens: maxNewTokens, do_sample: false });
  const prompt = inputs.input_ids.dims[1];
  return output.tolist().map((row) => row.slice(prompt).map(Number));
};
await run(prompts.slice(0, 2));
const start = performance.now();
const tokens = await run(prompts);
const seconds = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({
    library: `transformers.js ${env.version}`,
    seconds,
    tokens,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
