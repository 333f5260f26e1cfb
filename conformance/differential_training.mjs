// flanlab's side of conformance/differential_training.py: trains by each recipe through the public `train`.
// Run by that script: node conformance/differential_training.mjs CASES.json > RESULTS.jsonl
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer } from '../packages/language-model/dist/index.js';
import { packRows, parseRecipe, planBatches, tokeniseRows, train } from '../packages/trainer/dist/index.js';

async function finish(options) {
  const events = [];
  for await (const event of train({ ...options, resume: 'never', threads: 1 })) events.push(event);
  return events;
}

/** What a case computes, and the adapter that it starts from. */
async function result({ modelDir, rows, recipe: asked, dir, optimizer }) {
  const recipe = parseRecipe(asked);
  const data = await tokeniseRows(rows, await loadTokenizer(modelDir), recipe);
  const packed = recipe.packing ? packRows(data.rows, recipe.maxLength) : data.rows;
  const places = packed.map((row) => placesOf(row, data.rows, packed));
  const plan = planBatches(packed, recipe);
  const start = join(dir, 'start');
  if (recipe.lora) {
    const still = { ...asked, learningRate: 0, maxSteps: 1, saveEvery: 0 };
    await finish({ modelDir, rows, recipe: still, out: start, runDir: join(dir, 'run-start') });
  }
  const out = join(dir, 'out');
  const events = await finish({
    modelDir,
    rows,
    evalRows: rows,
    recipe: asked,
    out,
    runDir: join(dir, 'run'),
    optimizer,
  });
  const byRow = new Map(packed.map((row, i) => [row, places[i]]));
  return {
    rows: data.rows.map(({ ids, labels }) => [[...ids], [...labels]]),
    packs: places,
    order: Array.from({ length: plan.totalSteps }, (_, step) =>
      plan
        .window(step)
        .flat()
        .flatMap((row) => byRow.get(row)),
    ),
    steps: events
      .filter(({ type }) => type === 'step-end')
      .map(({ loss, learningRate, gradNorm, targets }) => ({ loss, learningRate, gradNorm, targets })),
    evaluation: events.findLast(({ type }) => type === 'evaluation-end').loss,
    start,
    out,
  };
}

const taken = new WeakMap();

/** Places of the rows that a packed row holds: found by their ids, as each is used once. */
function placesOf(row, rows, packed) {
  if (row.lengths === undefined) return [row.index];
  if (!taken.has(packed)) taken.set(packed, new Set());
  const used = taken.get(packed);
  let start = 0;
  return row.lengths.map((length) => {
    const end = start + length;
    const found = rows.find(
      ({ index, ids, labels }) =>
        !used.has(index) &&
        ids.length === length &&
        ids.every((id, i) => id === row.ids[start + i]) &&
        labels.every((label, i) => i === 0 || label === row.labels[start + i]),
    );
    start = end;
    used.add(found?.index);
    return found?.index ?? -1;
  });
}

for (const one of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  try {
    console.log(JSON.stringify(await result(one)));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.code ?? 'UNTYPED'} ${error.stack}` }));
  }
}
