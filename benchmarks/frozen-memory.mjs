// Memory of LoRA training by how the frozen weights lie in memory, each in a process of its own.
// Run: node benchmarks/frozen-memory.mjs [layers] (12 layers of width 512 are 41 M weights; after pnpm build)
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  float32ToBfloat16,
  initialiseWeights,
  parseModelConfig,
  trainBytePairEncoding,
  writeCheckpoint,
} from '../packages/language-model/dist/index.js';
import { train } from '../packages/trainer/dist/index.js';

const rows = Array.from({ length: 8 }, (_, i) => ({ text: `Count to ${i}: ${'and on '.repeat(12)}${i}` }));
const VARIANTS = {
  float32: ['float32', { method: 'lora' }],
  bfloat16: ['bfloat16', { method: 'lora' }],
  int8: ['bfloat16', { method: 'lora', quantization: { type: 'int8' } }],
  nf4: ['bfloat16', { method: 'qlora' }],
};

async function writeModels(folder, layers) {
  const tokenizer = trainBytePairEncoding(
    rows.map(({ text }) => text),
    { vocabularySize: 300, specialTokens: ['<s>', '</s>'], before: ['<s>'] },
  );
  const config = parseModelConfig({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 512,
    intermediate_size: 1536,
    num_hidden_layers: layers,
    num_attention_heads: 8,
    num_key_value_heads: 8,
    max_position_embeddings: 128,
    bos_token_id: 0,
    eos_token_id: 1,
  });
  const files = { 'tokenizer.json': tokenizer, 'tokenizer_config.json': { bos_token: '<s>', eos_token: '</s>' } };
  const tensors = initialiseWeights(config, 1);
  await writeCheckpoint(join(folder, 'float32'), { config, tensors, files });
  const half = new Map(
    [...tensors].map(([name, { dims, data }]) => {
      const bits = float32ToBfloat16(data);
      const bytes = async () => new Uint8Array(bits.buffer.slice(0));
      return [name, { dtype: 'BF16', shape: dims, byteLength: bits.byteLength, bytes, float32: async () => data }];
    }),
  );
  await writeCheckpoint(join(folder, 'bfloat16'), { config, tensors: half, dtype: 'bfloat16', files });
}

if (process.send === undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'frozen-'));
  await writeModels(folder, Number(process.argv[2] ?? 12));
  for (const name of Object.keys(VARIANTS)) {
    const child = fork(fileURLToPath(import.meta.url), [folder, name], { execArgv: ['--expose-gc'] });
    const { frozen, resident, peak, loss } = await new Promise((resolve) => child.once('message', resolve));
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
    console.log(
      `${name}: ${(frozen / 1e6).toFixed(1)} M frozen weights, ${(resident / 2 ** 20).toFixed(0)} MiB while training, peak ${(peak / 1024).toFixed(0)} MiB, loss ${loss.toFixed(4)}`,
    );
  }
  await rm(folder, { recursive: true });
} else {
  const [folder, name] = process.argv.slice(2);
  const [model, settings] = VARIANTS[name];
  const recipe = {
    ...settings,
    lora: { rank: 8, alpha: 8, dropout: 0, targetModules: ['all-linear'] },
    ...{ maxSteps: 4, batchSize: 2, maxLength: 64, stepsPerRun: 2, saveEvery: 0, learningRate: 1e-3 },
  };
  let [frozen, loss, resident] = [0, 0, 0];
  for await (const event of train({
    modelDir: join(folder, model),
    rows,
    recipe,
    runDir: join(folder, name, 'run'),
    out: join(folder, name, 'out'),
    threads: 1,
  })) {
    if (event.type === 'started') frozen = event.frozenParameters;
    if (event.type !== 'step-end') continue;
    loss = event.loss;
    // What was read and handed on is garbage here, and gone only when somebody asks.
    globalThis.gc();
    resident = process.memoryUsage().rss;
  }
  process.send({ frozen, loss, resident, peak: process.resourceUsage().maxRSS }, () => process.exit(0));
}
