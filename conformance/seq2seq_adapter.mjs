// Trains the adapter that conformance/seq2seq_adapter.py loads with PEFT, on the tiny T5 v1.1 of conformance/seq2seq.py,
// and that model in full:
//
//     node conformance/seq2seq_adapter.mjs <folder for adapter/ and model/>
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '../packages/trainer/dist/index.js';

const modelDir = 'packages/language-model/fixtures/seq2seq/t5-v1.1';
const rows = ['the red fox', 'a small boat', 'the old tree', 'warm bread'].map((answer, i) => {
  const prompt = `say so ${'and so '.repeat(i)}`;
  return { text: prompt + answer, labelStart: prompt.length, labelEnd: prompt.length + answer.length };
});
const base = { epochs: 5, batchSize: 2, saveEvery: 0, logEvery: 0 };
const lora = { rank: 2, alpha: 4, dropout: 0.1, targetModules: ['q', 'v', 'wo', 'EncDecAttention.k'] };
for (const [name, recipe] of Object.entries({
  adapter: { ...base, method: 'lora', learningRate: 0.05, lora },
  model: { ...base, learningRate: 0.01 },
})) {
  const out = join(process.argv[2], name);
  const runDir = await mkdtemp(join(tmpdir(), 'seq2seq-'));
  for await (const event of train({ modelDir, rows, recipe, out, runDir, threads: 1 })) {
    if (event.type === 'step-end') console.error(name, event.step, event.loss);
  }
}
