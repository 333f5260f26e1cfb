// flanlab's side of conformance/differential_training_folders.py: logits of folders with quantised weights.
// Run by that script: node conformance/differential_training_folders.mjs CASES.json > RESULTS.jsonl
import { readFileSync } from 'node:fs';
import { decoderHidden, decoderLogits, readCheckpoint } from '../packages/language-model/dist/index.js';
import { GraphBuilder } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';

const { ids, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function logits(dir) {
  const { config, tensors } = await readCheckpoint(dir);
  const g = new GraphBuilder();
  const values = new Map();
  for (const [key, tensor] of tensors) {
    values.set(key, g.initializer(key, { type: 'float32', shape: [...tensor.shape], data: await tensor.float32() }));
  }
  const parts = { parameters: (key) => values.get(key) };
  const inputIds = g.constant('int64', ids, [1, ids.length]);
  g.output('logits', decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds })));
  const session = await openSession(g.toBytes(), { threads: 1 });
  const outputs = await session.run({});
  await session.close();
  return [...outputs.logits.data];
}

for (const { dir } of cases) {
  try {
    console.log(JSON.stringify({ logits: await logits(dir) }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.code ?? 'UNTYPED'} ${error.stack}` }));
  }
}
