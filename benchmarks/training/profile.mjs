// Where the time of a training step goes: by operator, by provider, and beside the machine's own peak in float32 products.
//   node benchmarks/training/profile.mjs [--shape llama-30m|lora-135m|small] [--provider cpu|cuda|webgpu] [--steps 8] [--rows 20]
// Needs built packages. Copies over the bus show as MemcpyToHost and MemcpyFromHost, operators that a GPU lacks under `cpu`.
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { initialiseWeights, parseModelConfig } from '../../packages/language-model/dist/index.js';
import { GraphBuilder } from '../../packages/onnx-graph/dist/index.js';
import { openSession } from '../../packages/onnx-session/dist/index.js';
import { buildTrainingArtifacts, parseRecipe } from '../../packages/trainer/dist/index.js';
import { LLAMA_30M, SMALL, SMOLLM2_135M } from '../shapes.mjs';

const LORA = {
  method: 'lora',
  lora: { rank: 16, alpha: 32, dropout: 0, targetModules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] },
};
const SHAPES = {
  small: { model: SMALL, B: 8, T: 256 },
  'llama-30m': { model: LLAMA_30M, B: 4, T: 256 },
  'lora-135m': { model: SMOLLM2_135M, B: 4, T: 256, recipe: LORA },
};
const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: 'llama-30m' },
    provider: { type: 'string', default: 'cpu' },
    steps: { type: 'string', default: '8' },
    rows: { type: 'string', default: '20' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const { model, B, T, recipe: own = {} } = SHAPES[options.shape];
const [steps, threads, provider] = [Number(options.steps), Number(options.threads), options.provider];

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const float32 = (dims, data) => ({ type: 'float32', dims, data });
const random = (dims, scale = 0.02) => {
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < data.length; i++) data[i] = (Math.random() - 0.5) * scale;
  return float32(dims, data);
};

/** Measures the rate of single products of shapes that occur in training, in FLOP/s: of the fastest shape, the median of five. */
async function openPeak() {
  const shapes = [
    [1024, 512, 1376],
    [1024, 1376, 512],
    [2048, 2048, 2048],
  ];
  const sessions = [];
  let fastest = 0;
  for (const [m, k, n] of shapes) {
    const g = new GraphBuilder({ name: 'product' });
    const product = g.op.matMul(g.input('a', 'float32', [m, k]), g.input('b', 'float32', [k, n]));
    g.output('y', g.op.reduceMax(product, [0, 1]));
    const session = await openSession(g.toBytes(), { threads, provider });
    await session.put('a', random([m, k]));
    await session.put('b', random([k, n]));
    sessions.push(session);
  }
  const rates = async (session, [m, k, n]) => {
    const rates = [];
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      await session.run({});
      rates.push((2 * m * k * n) / ((performance.now() - start) / 1000));
    }
    fastest = Math.max(fastest, ...rates);
    return median(rates);
  };
  return {
    async measure() {
      let best = 0;
      for (const [i, session] of sessions.entries()) best = Math.max(best, await rates(session, shapes[i]));
      return best;
    },
    /** The one fastest product of all. */
    fastest: () => fastest,
    async close() {
      for (const session of sessions) await session.close();
    },
  };
}

const PRODUCTS = new Set(['MatMul', 'FusedMatMul', 'Gemm']);

/** Multiplications and additions of a product, from the shapes of its inputs and of its output. */
function flops({ input_type_shape: inputs = [], output_type_shape: outputs = [] }) {
  const size = (dims) => dims.reduce((product, dim) => product * dim, 1);
  const [a, b, c] = [inputs[0], inputs[1], outputs[0]].map((shape) => Object.values(shape ?? {})[0] ?? []);
  // Of a packed constant no shape is told; what it multiplies is never transposed.
  if (b.length === 0) return 2 * size(a) * c.at(-1);
  // |A|·|B|·|C| = (MK)(KN)(MN) for each matrix of the stack.
  const stack = size(c.slice(0, -2));
  const mkn = Math.sqrt(size(a.slice(-2)) * size(b.slice(-2)) * size(c.slice(-2)));
  return 2 * stack * mkn;
}

const config = parseModelConfig({ architectures: ['LlamaForCausalLM'], model_type: 'llama', ...model });
const recipe = parseRecipe({ method: 'full', batchSize: B, maxLength: T, ...own });
const optimizer = provider === 'cpu' ? 'host' : 'graph';
const weights = initialiseWeights(config, 0);
const folder = await mkdtemp(join(tmpdir(), 'flanlab-profile-'));
const seconds = [];
/** What single products reach right before each step: the rate of a shared machine changes by the minute. */
const peaks = [];

/** Writes frozen matrices to a file, where a session finds them as constants, as it does in training. */
async function placed(frozen) {
  const places = new Map();
  const file = await open(join(folder, 'weights.bin'), 'w');
  let offset = 0;
  for (const { name } of frozen.filter(({ shape }) => shape.length === 2)) {
    const { data } = weights.get(name);
    await file.write(data);
    places.set(name, { location: 'weights.bin', offset, length: data.byteLength });
    offset += data.byteLength;
  }
  await file.close();
  return places;
}

try {
  const places = await placed(buildTrainingArtifacts({ config, recipe, optimizer }).frozen);
  const { files, trained, frozen, state } = buildTrainingArtifacts({ config, recipe, optimizer, places });
  const session = await openSession(files['training_model.onnx'], {
    threads,
    provider,
    memoryPattern: false,
    externalDataFolder: folder,
    profilePrefix: join(folder, 'profile'),
  });
  const fed = [...frozen, ...trained].filter(({ name }) => !places.has(name));
  for (const { name, shape } of fed) await session.put(name, weights.get(name) ?? random(shape));
  for (const { name, shape } of optimizer === 'graph' ? state.slice(trained.length) : []) {
    await session.put(name, float32(shape, new Float32Array(random(shape, 0).data.length)));
  }
  const K = optimizer === 'graph' ? [1] : [];
  const peak = await openPeak();
  await peak.measure();
  for (let step = 0; step < steps; step++) {
    const tokens = new Int32Array(2 * B * T);
    for (let i = 0; i < B * T; i++) tokens[i] = tokens[B * T + i] = Math.floor(Math.random() * model.vocab_size);
    const feeds = {
      tokens: { type: 'int32', dims: [...K, 1, 2, B, T], data: tokens },
      sizes: { type: 'int64', dims: [...K, 1, 2], data: BigInt64Array.of(BigInt(B), BigInt(T)) },
      ...(optimizer === 'graph'
        ? {
            scalars: float32([1, 4], Float32Array.of(1, 1e-4, 1e-8, 1 / (B * T))),
            first_step: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(step)) },
          }
        : {
            inverse_targets: float32([], Float32Array.of(1 / (B * T))),
            step: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(step)) },
          }),
    };
    const rate = await peak.measure();
    const start = performance.now();
    await session.run(feeds, { fetch: ['loss'] });
    if (step === 0) continue; // its memory is new
    seconds.push((performance.now() - start) / 1000);
    peaks.push(rate);
  }
  await session.close();
  await peak.close();
  const name = (await readdir(folder)).find((file) => file.startsWith('profile'));
  const events = JSON.parse(await readFile(join(folder, name), 'utf8')).filter(
    ({ cat, name, args }) => cat === 'Node' && name.endsWith('_kernel_time') && !['Loop', 'If'].includes(args.op_name),
  );
  const rows = new Map();
  let [total, products, arithmetic] = [0, 0, 0];
  for (const { dur, args } of events) {
    const key = `${args.op_name} (${args.provider.replace('ExecutionProvider', '').toLowerCase()})`;
    const row = rows.get(key) ?? { ms: 0, calls: 0 };
    rows.set(key, { ms: row.ms + dur / 1000 / steps, calls: row.calls + 1 / steps });
    total += dur;
    if (PRODUCTS.has(args.op_name)) {
      products += dur;
      arithmetic += flops(args);
    }
  }
  const step = median(seconds);
  const reached = median(seconds.map((time, i) => arithmetic / steps / time / peaks[i]));
  const giga = (rate) => `${(rate / 1e9).toFixed(0)} GFLOP/s`;
  const share = (part) => `${(100 * part).toFixed(0)} %`;
  console.log(`${options.shape} on ${provider}, ${threads} threads: ${Math.round(1000 * step)} ms a step, profiled`);
  console.log(
    `  products: ${(arithmetic / steps / 1e9).toFixed(0)} GFLOP a step at ${giga(arithmetic / (products / 1e6))}`,
  );
  console.log(`  single products right before: ${giga(median(peaks))}; a whole step reaches ${share(reached)} of them`);
  const fastest = arithmetic / steps / Math.min(...seconds) / peak.fastest();
  console.log(`  the one fastest product: ${giga(peak.fastest())}; the fastest step reaches ${share(fastest)} of it`);
  const copies = [...rows].filter(([key]) => key.startsWith('Memcpy')).reduce((sum, [, { ms }]) => sum + ms, 0);
  console.log(`  copies over the bus: ${share(copies / 1000 / step)} of the step`);
  for (const [key, { ms, calls }] of [...rows].sort((a, b) => b[1].ms - a[1].ms).slice(0, Number(options.rows))) {
    const percent = `${((100 * ms * 1000 * steps) / total).toFixed(1)} %`;
    console.log(
      `${ms.toFixed(1).padStart(10)} ms ${percent.padStart(7)} ${String(Math.round(calls)).padStart(6)} x ${key}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
