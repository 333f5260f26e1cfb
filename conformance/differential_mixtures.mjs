// flanlab's side of conformance/differential_mixtures.py. Run by that script: node conformance/differential_mixtures.mjs < CALLS.jsonl
import { readFileSync } from 'node:fs';
import { interleave } from '../packages/mixtures/dist/index.js';
import { NumpyGenerator, PythonRandom } from '../packages/random/dist/index.js';
import { trainTestSplit } from '../packages/samplegen/dist/index.js';

const CALLS = {
  sample: ({ seed, n, ks }) => {
    const random = new PythonRandom(seed);
    return ks.map((k) => random.sample(n, k).slice(0, 50));
  },
  shuffle: ({ seed, n }) => {
    const items = Array.from({ length: n }, (_, index) => index);
    new PythonRandom(seed).shuffle(items);
    return items;
  },
  permutation: ({ seed, n }) => [...new NumpyGenerator(seed).permutation(n).subarray(0, 200)],
  cut: ({ seed, n, share }) => {
    const { train, test } = trainTestSplit(n, share, seed);
    return [train, test];
  },
  interleave: ({ seed, sizes, rates, strategy }) => {
    const how = { seed, stoppingStrategy: strategy, ...(rates && { probabilities: rates }) };
    return [...interleave(sizes, how)].map(([source, row]) => `${source},${row}`);
  },
};

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const asked = JSON.parse(line);
  try {
    console.log(JSON.stringify(CALLS[asked.call](asked)));
  } catch (error) {
    console.log(JSON.stringify(String(error)));
  }
}
