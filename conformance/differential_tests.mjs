// flanlab's side of conformance/differential_tests.py: test prompts and answers, in compat mode.
// Run by that script: node conformance/differential_tests.mjs REQUESTS.jsonl STUDY FOLDER > RESULTS.jsonl
// STUDY is a checkout of the published study, whose templates are imported into FOLDER.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractAnswer } from '../packages/evaluator/dist/index.js';
import { findTask, loadTask } from '../packages/flan-datasets/dist/index.js';
import { importTemplates, loadCatalogue } from '../packages/prompt-templates/dist/index.js';
import { PythonRandom } from '../packages/random/dist/index.js';
import {
  bigBenchPipelinePrompts,
  bigBenchPrompts,
  drawGoldRows,
  pipelinePromptsFromTraining,
  stripSystemPrompt,
} from '../packages/samplegen/dist/index.js';

const [requests, study, folder] = process.argv.slice(2);
const files = ['flan_orig.py', 'templates.json'].map((name) => join(study, 'prompts', name));
await importTemplates({ files, to: folder, fetch });
const templates = await loadCatalogue(folder);
const compat = true;

async function rowsOf(task, source, random) {
  const rows = [];
  for await (const row of loadTask(task, { source, split: 'test', compat, random })) rows.push(row);
  return rows;
}

/** A question with choices: the rows drawn, in a format; with solved samples in the mode `pipeline`. */
async function choicePrompts({ task: name, data, seed, numTest, mode, numInner = 2, format: asked, ...more }) {
  const how = { ...more, format: name.endsWith('_translated') ? `${asked}-translated` : asked };
  const random = new PythonRandom(seed);
  const task = findTask(name);
  const all = await rowsOf(name, `${data}.test.jsonl`, random);
  const rows = random.sample(all, Math.min(all.length, numTest));
  if (mode === 'direct') return [...bigBenchPrompts({ task, rows, templates, compat, ...how })];
  const gold = await rowsOf(name, `${data}.gold.jsonl`, random);
  const goldRows = drawGoldRows(gold, { random, numTest, numInner });
  return [...bigBenchPipelinePrompts({ task, rows, goldRows, random, numInner, templates, compat, ...how })];
}

/** Stored prompts as a base model is asked them; with samples of training rows in the mode `pipeline`. */
function storedPrompts({ stored, seed, numTest, mode, rowsPerPrompt }) {
  const random = new PythonRandom(seed);
  const rows = JSON.parse(readFileSync(stored, 'utf8'));
  const all = rows[mode === 'direct' ? 'flan_prompts_test' : 'gold_pipeline_test'].map(
    ([text, labels, gold_options]) => ({
      text,
      labels,
      gold_options,
    }),
  );
  const tests = random.sample(all, Math.min(all.length, numTest));
  if (mode === 'direct') return tests.map((row) => ({ ...row, text: stripSystemPrompt(row.text) }));
  const source = rows.train.map(([text]) => ({ text }));
  return [...pipelinePromptsFromTraining({ tests, source, random, compat, ...(rowsPerPrompt && { rowsPerPrompt }) })];
}

for (const line of readFileSync(requests, 'utf8').split('\n')) {
  if (line === '') continue;
  const request = JSON.parse(line);
  try {
    if (request.mode === 'answer') {
      console.log(JSON.stringify({ made: extractAnswer({ ...request, compat }).answer }));
      continue;
    }
    const made = request.stored === undefined ? await choicePrompts(request) : storedPrompts(request);
    console.log(JSON.stringify({ made: made.map(({ text, labels, gold_options }) => [text, labels, gold_options]) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.code ?? `UNTYPED ${error.stack}`, text: error.message }));
  }
}
