// flanlab's side of conformance/differential_training_adapters.py: logits with adapters beside the weights and merged into them.
// Run by that script: node conformance/differential_training_adapters.mjs CASES.json > RESULTS.jsonl
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  adapterHook,
  checkAdapterBase,
  decoderHidden,
  decoderLogits,
  mergeAdapter,
  readAdapter,
  readCheckpoint,
  writeAdapter,
} from '../packages/language-model/dist/index.js';
import { GraphBuilder } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';

const { ids, fixtures, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function logits(config, tensors, adapter) {
  const g = new GraphBuilder();
  const values = new Map();
  for (const [key, tensor] of tensors) {
    values.set(key, g.initializer(key, { type: 'float32', shape: [...tensor.shape], data: await tensor.float32() }));
  }
  const parameters = (key) => values.get(key);
  const parts = { parameters, ...(adapter ? { linear: adapterHook(config, adapter, parameters) } : {}) };
  const inputIds = g.constant('int64', ids, [1, ids.length]);
  g.output('logits', decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds })));
  const session = await openSession(g.toBytes(), { threads: 1 });
  const outputs = await session.run({});
  await session.close();
  return [...outputs.logits.data];
}

for (const { model, dir } of cases) {
  try {
    const checkpoint = await readCheckpoint(join(fixtures, model));
    const { config, tensors } = checkpoint;
    const adapter = await readAdapter(dir, config);
    await checkAdapterBase(checkpoint, adapter);
    const written = `${dir}-written`;
    const values = new Map();
    for (const [name, tensor] of adapter.tensors) {
      values.set(name, { type: 'float32', dims: [...tensor.shape], data: await tensor.float32() });
    }
    await writeAdapter(written, { model: config, config: adapter.config, tensors: values });
    const beside = await logits(config, [...tensors, ...adapter.tensors], adapter.config);
    const merged = await logits(config, mergeAdapter(checkpoint, adapter));
    console.log(JSON.stringify({ logits: beside, merged, written }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.code ?? 'UNTYPED', text: error.code ? error.message : error.stack }));
  }
}
