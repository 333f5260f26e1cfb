// Writes adapters as flanlab writes them, with the logits that flanlab computes: for adapters_in_peft.py.
// Run: node conformance/adapters_in_peft.mjs OUT (after pnpm build)
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  adapterHook,
  decoderHidden,
  decoderLogits,
  initialiseAdapter,
  parseAdapterConfig,
  readCheckpoint,
  writeAdapter,
} from '../packages/language-model/dist/index.js';
import { GraphBuilder } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';

const out = process.argv[2];
const fixtures = fileURLToPath(new URL('../packages/language-model/fixtures/', import.meta.url));
const base = { peft_type: 'LORA', r: 4, lora_alpha: 8 };
const CASES = {
  names: ['tiny-llama', { ...base, target_modules: ['q_proj', 'v_proj', 'down_proj'] }],
  everything: ['tiny-llama', { ...base, target_modules: 'all-linear', use_rslora: true }],
  expression: ['tiny-qwen2', { ...base, target_modules: '.*\\.0\\.(self_attn|mlp)\\.(q|up)_proj' }],
  patterns: [
    'tiny-mistral',
    {
      ...base,
      target_modules: 'all-linear',
      use_rslora: true,
      rank_pattern: { q_proj: 2, 'layers.1.*': 6 },
      alpha_pattern: { 'self_attn.(q|v)_proj': 32 },
    },
  ],
  transposed: ['tiny-gpt2', { ...base, target_modules: ['c_attn', 'mlp.c_proj'] }],
};
const ids = [5, 9, 2, 7, 11, 3, 8, 4];

for (const [name, [model, json]] of Object.entries(CASES)) {
  const { config, tensors } = await readCheckpoint(join(fixtures, model));
  const adapterConfig = parseAdapterConfig({ ...json, base_model_name_or_path: model });
  const adapter = initialiseAdapter(config, adapterConfig, 1);
  // B starts at zero; numbers as large as A's make the adapter felt.
  for (const { data } of adapter.values()) for (let i = 0; i < data.length; i++) data[i] ||= Math.sin(i + 1) / 4;
  await writeAdapter(join(out, name), { model: config, config: adapterConfig, tensors: adapter });
  const g = new GraphBuilder();
  const values = new Map();
  for (const [key, tensor] of tensors) {
    values.set(key, g.initializer(key, { type: 'float32', shape: tensor.shape, data: await tensor.float32() }));
  }
  for (const [key, { dims, data }] of adapter)
    values.set(key, g.initializer(key, { type: 'float32', shape: dims, data }));
  const parameters = (key) => values.get(key);
  const parts = { parameters, linear: adapterHook(config, adapterConfig, parameters) };
  const inputIds = g.constant('int64', ids, [1, ids.length]);
  g.output('logits', decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds })));
  const session = await openSession(g.toBytes(), { threads: 1 });
  const { logits } = await session.run({});
  await session.close();
  await writeFile(join(out, name, 'logits.json'), JSON.stringify({ model, ids, logits: [...logits.data] }));
}
