// flanlab's side of conformance/differential_seq2seq.py. Run by that script: node conformance/differential_seq2seq.mjs < REQUESTS.jsonl
// Each request names a folder and what is asked of it; each answer is one line of JSON. Lists of floats travel as base64.
import { createInterface } from 'node:readline';
import { bertScore, readBaseline } from '../packages/bertscore/dist/index.js';
import {
  createTokenizer,
  exportModel,
  exportOnnx,
  loadTokenizer,
  openEncoder,
  openGenerator,
  readCheckpoint,
  scoreContinuations,
  seq2seqLoss,
} from '../packages/language-model/dist/index.js';
import { bucketTable } from '../packages/language-model/dist/seq2seq/relative-bias.js';
import { GraphBuilder, gradients } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';

/** What `work` makes of something that is closed afterwards. */
async function closing(thing, work) {
  try {
    return await work(thing);
  } finally {
    await thing.close();
  }
}

const packed = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString('base64');
const padded = (rows, padding) => {
  const width = Math.max(1, ...rows.map(({ length }) => length));
  const data = Int32Array.from(rows.flatMap((row) => [...row, ...new Array(width - row.length).fill(padding)]));
  return { type: 'int32', dims: [rows.length, width], data };
};

async function loss({ dir, inputIds, labels, options }) {
  const { config, tensors } = await readCheckpoint(dir);
  const g = new GraphBuilder({ name: 'differential' });
  const values = new Map();
  for (const [name, tensor] of tensors) {
    values.set(name, g.initializer(name, { type: 'float32', shape: [...tensor.shape], data: await tensor.float32() }));
  }
  const batch = { inputIds: g.input('inputIds', 'int32', ['B', 'S']), labels: g.input('labels', 'int32', ['B', 'T']) };
  const { lossSum, targets } = seq2seqLoss(g, config, { parameters: (name) => values.get(name) }, batch, options);
  g.output('lossSum', lossSum);
  g.output('targets', targets);
  const names = [...values.keys()];
  const derived = gradients(g, lossSum, [...values.values()]);
  for (const [i, name] of names.entries()) g.output(`d ${name}`, derived[i]);
  const feeds = { inputIds: padded(inputIds, -1), labels: padded(labels, -100) };
  const out = await closing(await openSession(g.toBytes(), { threads: 1 }), (session) => session.run(feeds));
  return {
    lossSum: out.lossSum.data[0],
    targets: out.targets.data[0],
    gradients: Object.fromEntries(names.map((name) => [name, packed(out[`d ${name}`].data)])),
  };
}

async function answers({ dir, prompts, maxNewTokens, batchRows, continuations }) {
  return closing(await openGenerator({ modelDir: dir, threads: 1 }), async (generator) => {
    const tokens = new Array(prompts.length);
    for await (const { index, tokens: own } of generator.generate(prompts, { maxNewTokens, batchRows }))
      tokens[index] = own;
    const scores = await scoreContinuations(generator, prompts[0], continuations);
    return { tokens, scores: scores.map(({ logLikelihood }) => logLikelihood) };
  });
}

async function states({ dir, layers, texts }) {
  const out = [];
  for (let layer = 0; layer <= layers; layer++) {
    const opened = await openEncoder({ modelDir: dir, layer, threads: 1 });
    const encoded = await closing(opened, (encoder) => encoder.encode(texts));
    out.push(encoded.map(({ ids, vectors }) => ({ ids: [...ids], vectors: packed(vectors) })));
  }
  return { layers: out };
}

async function scores({ dir, layer, candidates, references, idf, baseline }) {
  const rescaling = baseline ? { baseline: await readBaseline(baseline, layer) } : {};
  const opened = await openEncoder({ modelDir: dir, layer, threads: 1 });
  const score = (encoder) => bertScore({ encoder, candidates, references, idf, ...rescaling });
  const { precision, recall, f1 } = await closing(opened, score);
  return { precision: [...precision], recall: [...recall], f1: [...f1] };
}

const encodeAll = (tokenizer, texts, addSpecialTokens) =>
  texts.map((text) => {
    try {
      const { ids, offsets } = tokenizer.encode(text, { addSpecialTokens });
      return { ids: [...ids], offsets: [...offsets], decoded: tokenizer.decode(ids, { skipSpecialTokens: true }) };
    } catch (error) {
      return { error: `${error.code ?? 'UNTYPED'}: ${error.message.slice(0, 300)}` };
    }
  });

async function pipelines({ dir, task, prompts, maxNewTokens }) {
  const { env, pipeline } = await import(
    '../packages/language-model/node_modules/@huggingface/transformers/dist/transformers.node.mjs'
  );
  env.allowRemoteModels = false;
  env.localModelPath = dir.slice(0, dir.lastIndexOf('/'));
  const run = await pipeline(task, dir.slice(dir.lastIndexOf('/') + 1), { dtype: 'fp32', device: 'cpu' });
  const made = [];
  for (const prompt of prompts) {
    const inputs = run.tokenizer(prompt);
    const ids = await run.model.generate({ ...inputs, max_new_tokens: maxNewTokens, do_sample: false });
    made.push(ids.tolist()[0].map(Number));
  }
  await run.dispose();
  return { made };
}

const KINDS = {
  loss,
  answers,
  states,
  scores,
  pipelines,
  buckets: async ({ specs }) => ({ tables: specs.map((spec) => [...bucketTable(spec)]) }),
  tokens: async ({ dir, texts, special }) => ({ made: encodeAll(await loadTokenizer(dir), texts, special) }),
  json: async ({ tokenizer, texts }) => ({ made: encodeAll(createTokenizer(tokenizer), texts, true) }),
  folder: async ({ dir, out, dtype }) => ({ done: await exportModel(await readCheckpoint(dir), out, { dtype }) }),
  onnx: async ({ dir, out, embedUpToBytes }) => ({
    done: await exportOnnx(await readCheckpoint(dir), out, embedUpToBytes === undefined ? {} : { embedUpToBytes }),
  }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await KINDS[request.kind](request);
  } catch (error) {
    answer = { error: `${error.code ?? 'UNTYPED'}: ${error.code ? error.message : error.stack}`.slice(0, 600) };
  }
  console.log(JSON.stringify({ id: request.id, ...answer }));
}
