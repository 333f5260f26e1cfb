// flanlab's side of conformance/differential_families.py: computes what that script wrote beside each model folder, and says how far
// it is off. Run by that script: node conformance/differential_families.mjs FOLDERS… > RESULTS.jsonl
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decoderHidden,
  decoderLogits,
  openGenerator,
  readCheckpoint,
  readSafetensors,
  scoreContinuations,
} from '../packages/language-model/dist/index.js';
import { GraphBuilder } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';
import { buildTrainingArtifacts, collateSteps, packRows, parseRecipe } from '../packages/trainer/dist/index.js';

const PAD = 0;
const NEW_TOKENS = 20;

const largest = (values) => values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

/** Largest difference of two lists, relative to the largest value, which counts as at least `least`. */
function off(actual, expected, least = 0) {
  if (actual.length !== expected.length) return null;
  let max = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= max)) max = difference;
  }
  return Number.isFinite(max) ? max / Math.max(largest(expected), least, 1e-30) : null;
}

function tokenised({ ids, labels }, index) {
  const targets = labels.slice(1).filter((label) => label !== -100).length;
  const data = { ids: Int32Array.from(ids), labels: Int32Array.from(labels), offsets: new Int32Array(2 * ids.length) };
  return { index, ...data, targets, truncated: false, doubleBos: false, learnsToStop: false };
}

async function runOnce(model, feeds) {
  const session = await openSession(model, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

/** Logits of the real tokens of the padded batch, one after the other. */
async function logitsOf({ config, tensors }, rows) {
  const g = new GraphBuilder();
  const values = new Map();
  for (const [name, tensor] of tensors) {
    const data = await tensor.float32();
    values.set(name, g.initializer(name, { type: 'float32', shape: [...tensor.shape], data }));
  }
  const parts = { parameters: (name) => values.get(name) };
  const inputIds = g.input('ids', 'int32', ['B', 'T']);
  g.output('logits', decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds })));
  const T = Math.max(...rows.map(({ ids }) => ids.length));
  const data = new Int32Array(rows.length * T).fill(PAD);
  for (const [b, { ids }] of rows.entries()) data.set(ids, b * T);
  const { logits } = await runOnce(g.toBytes(), { ids: { type: 'int32', dims: [rows.length, T], data } });
  const V = config.vocabularySize;
  return Float32Array.from(
    rows.flatMap(({ ids }, b) => Array.from(logits.data.subarray(b * T * V, (b * T + ids.length) * V))),
  );
}

/** Loss and gradients of one optimizer step, as a training run computes them. */
async function stepOf({ config, tensors }, window, settings, longestRow) {
  const recipe = parseRecipe({ method: 'full', gradientAccumulation: window.length, ...settings });
  const { files, trained } = buildTrainingArtifacts({ config, recipe, optimizer: 'host', longestRow });
  const { tokens, sizes, batches } = collateSteps([window], PAD);
  const first = ({ type, dims, data }) => ({ type, dims: dims.slice(1), data });
  const feeds = {
    tokens: first(tokens),
    sizes: first(sizes),
    inverse_targets: { type: 'float32', dims: [], data: Float32Array.of(1) },
    step: { type: 'int64', dims: [], data: BigInt64Array.of(0n) },
    ...(window.length > 1 ? { batches: first(batches) } : {}),
  };
  for (const { name, shape } of trained) {
    feeds[name] = { type: 'float32', dims: shape, data: await tensors.get(name).float32() };
  }
  return runOnce(files['training_model.onnx'], feeds);
}

async function compareCase(folder) {
  const expected = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const { tensors } = await readSafetensors(join(folder, 'expected.safetensors'));
  const checkpoint = await readCheckpoint(folder);
  const { rows } = expected;
  const differences = {};
  differences.logits = off(await logitsOf(checkpoint, rows), await tensors.get('logits').float32());
  const gradients = new Map();
  for (const [name, tensor] of tensors) if (name !== 'logits') gradients.set(name, await tensor.float32());
  const least = 1e-3 * Math.max(...[...gradients.values()].map(largest));
  const whole = rows.map(tokenised);
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  const total = whole.reduce((sum, { ids }) => sum + ids.length, 0);
  const ways = {
    batch: [[whole], {}, longest],
    again: [[whole], { gradientCheckpointing: true }, 4096],
    packed: [[packRows(whole, Math.max(total, longest))], { packing: true }, total],
    ...(expected.wholeBatch ? {} : { accumulated: [whole.map((row) => [row]), {}, longest] }),
  };
  for (const [way, [window, settings, longestRow]] of Object.entries(ways)) {
    const found = await stepOf(checkpoint, window, settings, longestRow);
    differences[`${way} loss`] = off(found.loss.data, [expected.loss], 1e-3);
    const names = Object.keys(found).filter((name) => name.startsWith('gradient.'));
    if (names.length !== gradients.size) differences[`${way} parameters`] = null;
    // Where a query sees a single key, its gradient is 0. Computed again in blocks, it is the rounding of two like sums.
    const floor = way === 'again' ? 10 * least : least;
    for (const [name, gradient] of gradients) {
      const actual = found[`gradient.${name}`];
      differences[`${way} ${name}`] = actual ? off(actual.data, gradient, floor) : null;
    }
  }
  return { differences, answers: await compareAnswers(folder, expected, differences) };
}

const text = (ids) => ids.map((id) => `t${id}`).join(' ');

/** What was written differently, but for near ties; log-likelihoods go to the differences. */
async function compareAnswers(folder, { answers, endings, scores }, differences) {
  const generator = await openGenerator({ modelDir: folder, threads: 1, stepsPerRun: 6 });
  try {
    return await compareWith(generator, answers, endings, scores, differences);
  } finally {
    await generator.close();
  }
}

async function compareWith(generator, answers, endings, scores, differences) {
  const prompts = answers.map(({ prompt }) => text(prompt));
  const wrong = [];
  for await (const { index, tokens } of generator.generate(prompts, { maxNewTokens: NEW_TOKENS, stopTokenIds: [] })) {
    const { tokens: wanted, margins, prompt } = answers[index];
    const at = wanted.findIndex((token, i) => token !== tokens[i]);
    if (at === -1 && tokens.length === wanted.length) continue;
    if (at >= 0 && margins[at] < 1e-3) continue;
    wrong.push(`answer to ${prompt.length} tokens at ${at} of ${tokens.length}, margin ${margins[at]}`);
  }
  if (scores) {
    const found = await scoreContinuations(generator, prompts[0], endings.map(text));
    differences.scores = off(
      found.map(({ logLikelihood }) => logLikelihood),
      scores,
      1,
    );
  }
  return wrong;
}

for (const folder of process.argv.slice(2)) {
  const result = await compareCase(folder).catch((error) => ({
    error: error.code ? `${error.code}: ${error.why}` : `UNTYPED ${error.stack}`,
    answers: [],
  }));
  process.stdout.write(`${JSON.stringify({ folder, ...result })}\n`);
}
