// flanlab's side of the generation benchmark. Prints one JSON line.
import { openGenerator } from '../../packages/language-model/dist/index.js';
import { readRequest } from '../side-by-side.mjs';

const { modelDir, prompts, maxNewTokens, threads } = readRequest();
const generator = await openGenerator({ modelDir, threads });
const run = async (texts) => {
  const responses = [];
  for await (const { index, tokens } of generator.generate(texts, { maxNewTokens })) responses[index] = tokens;
  return responses;
};
await run(prompts.slice(0, 2));
const start = performance.now();
const tokens = await run(prompts);
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ library: 'flanlab', seconds, tokens, peakBytes: process.resourceUsage().maxRSS * 1024 }));
await generator.close();
