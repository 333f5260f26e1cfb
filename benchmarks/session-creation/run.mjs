// Time and memory to create the session of a LoRA training graph for a model of 7 billion parameters (the shape of Llama 2 7B), its
// frozen weights in a file beside the graph that the runtime maps into memory. The file is all holes: it takes no space.
//   node benchmarks/session-creation/run.mjs [--types bfloat16,float16,nf4,float32] [--layers 32] [--out FILE.json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  adapterHook,
  adapterParameters,
  causalLoss,
  decodeRows,
  decodeWeight,
  encodingOpset,
  linearModules,
  modelParameters,
  parseModelConfig,
  weightParts,
} from '../../packages/language-model/dist/index.js';
import { GraphBuilder, gradients } from '../../packages/onnx-graph/dist/index.js';
import { openSession } from '../../packages/onnx-session/dist/index.js';
import { megabytes, writeReport } from '../side-by-side.mjs';

const LLAMA_2_7B = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 32_000,
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
};
const ENCODINGS = { nf4: { kind: 'nf4', blockSize: 64, doubleQuant: true } };
const ADAPTER = {
  rank: 64,
  alpha: 16,
  dropout: 0,
  targetModules: 'all-linear',
  useRsLora: false,
  baseModel: '',
  rankPattern: {},
  alphaPattern: {},
};
const BYTES = { float32: 4, float16: 2, bfloat16: 2, int8: 1, uint8: 1, uint16: 2, int64: 8, int32: 4 };
const PAGE = 65_536; // external data that lie at a page's start can be mapped
const WEIGHTS = 'weights.bin';

/** The graph of the loss and the adapter's gradients, and how long a file its frozen weights take. */
function buildGraph(config, type) {
  const frozen = modelParameters(config).map(({ name, shape }) => ({
    name,
    shape,
    encoding: shape.length > 1 ? (ENCODINGS[type] ?? { kind: type }) : { kind: 'float32' },
  }));
  const opset = encodingOpset(frozen);
  const g = new GraphBuilder({ name: 'session-creation', ...(opset === undefined ? {} : { opset }) });
  let end = 0;
  const parts = new Map();
  for (const weight of frozen) {
    const values = weightParts(weight).map((part) => {
      const length = part.shape.reduce((a, b) => a * b, 1) * BYTES[part.type];
      const value = g.initializer(part.name, { ...part, location: WEIGHTS, offset: end, length });
      end = Math.ceil((end + length) / PAGE) * PAGE;
      return value;
    });
    parts.set(weight.name, { weight, values });
  }
  const trained = adapterParameters(config, ADAPTER);
  const inputs = new Map(trained.map(({ name, shape }) => [name, g.input(name, 'float32', shape)]));
  const decoded = new Map();
  const parameters = Object.assign(
    (name) => {
      if (inputs.has(name)) return inputs.get(name);
      const { weight, values } = parts.get(name);
      if (!decoded.has(name)) decoded.set(name, decodeWeight(g, weight, values));
      return decoded.get(name);
    },
    { rows: (name, ids) => decodeRows(g, parts.get(name).weight, parts.get(name).values, ids) },
  );
  const batch = { inputIds: g.input('ids', 'int32', ['B', 'T']), labels: g.input('labels', 'int32', ['B', 'T']) };
  const options = {
    attention: 'recomputed',
    checkpointBlocks: true,
    headGradients: { hidden: true, weight: false },
  };
  const linear = adapterHook(config, ADAPTER, parameters);
  const { lossSum } = causalLoss(g, config, { parameters, linear }, batch, options);
  const results = gradients(g, lossSum, [...inputs.values()]);
  g.output('loss', lossSum);
  for (const [i, { name }] of trained.entries()) g.output(`gradient.${name}`, results[i]);
  return { bytes: g.toBytes(), weightBytes: end, modules: linearModules(config).length };
}

const status = (key) =>
  Number(readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${key}:\\s+(\\d+)`))[1]) * 1024;

async function measure(type, layers, folder) {
  const config = parseModelConfig({ ...LLAMA_2_7B, num_hidden_layers: layers });
  const start = performance.now();
  const { bytes, weightBytes } = buildGraph(config, type);
  const path = join(folder, 'training.onnx');
  writeFileSync(path, bytes);
  const weights = join(folder, WEIGHTS);
  writeFileSync(weights, '');
  truncateSync(weights, weightBytes);
  const built = performance.now();
  // Folding constants would decode every weight while loading, and packing would copy it: both make float32 of all of them.
  const extra = {
    session: { disable_prepacking: '1' },
    optimization: { disable_specified_optimizers: 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer' },
  };
  const cpu = process.cpuUsage();
  const session = await openSession(path, { extra, memoryPattern: false });
  const opened = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    type,
    layers,
    graphBytes: bytes.length,
    weightBytes,
    diskBytes: statSync(weights).blocks * 512,
    buildSeconds: (built - start) / 1000,
    createSeconds: (opened - built) / 1000,
    createProcessorSeconds: (user + system) / 1e6,
    residentBytes: status('VmRSS'),
    anonymousBytes: status('RssAnon'),
    peakBytes: status('VmHWM'),
  };
  await session.close();
  return result;
}

const { values } = parseArgs({
  options: {
    types: { type: 'string', default: 'bfloat16,float16,nf4,float32' },
    layers: { type: 'string', default: '32' },
    out: { type: 'string' },
    child: { type: 'string' },
  },
});
const layers = Number(values.layers);
if (values.child !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'flanlab-session-'));
  try {
    console.log(JSON.stringify(await measure(values.child, layers, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  const results = values.types.split(',').map((type) => {
    const args = [fileURLToPath(import.meta.url), '--child', type, '--layers', values.layers];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${type} failed:\n${run.stderr.slice(-2000)}`);
    return JSON.parse(run.stdout.trim().split('\n').at(-1));
  });
  console.log(
    `Llama 2 7B's shape, ${layers} layers, LoRA of rank ${ADAPTER.rank} on all linear layers, checkpointed blocks`,
  );
  for (const r of results) {
    const memory = `peak ${megabytes(r.peakBytes)} (${megabytes(r.anonymousBytes)} of its own in the end)`;
    const sizes = `weights ${megabytes(r.weightBytes)}, graph ${megabytes(r.graphBytes)}`;
    console.log(
      `  ${r.type.padEnd(9)} built in ${r.buildSeconds.toFixed(1)} s, created in ${r.createSeconds.toFixed(1)} s (${r.createProcessorSeconds.toFixed(1)} s of processor time); ${memory}; ${sizes}`,
    );
  }
  writeReport(values.out, results);
}
