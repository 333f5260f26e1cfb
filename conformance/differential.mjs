// flanlab's side of conformance/differential.py: makes prompts of the rows that it names, in compat mode.
// Run by that script: node conformance/differential.mjs REQUESTS.jsonl STUDY FOLDER > RESULTS.jsonl
// STUDY is a checkout of the published study, whose templates are imported into FOLDER.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTask, loadTask } from '../packages/flan-datasets/dist/index.js';
import { importTemplates, loadCatalogue } from '../packages/prompt-templates/dist/index.js';
import { PythonRandom } from '../packages/random/dist/index.js';
import { createPrompts, drawOtherTask } from '../packages/samplegen/dist/index.js';

const [requests, study, folder] = process.argv.slice(2);
const files = ['flan_orig.py', 'templates.json'].map((name) => join(study, 'prompts', name));
await importTemplates({ files, to: folder, fetch });
const templates = await loadCatalogue(folder);
const compat = true;

/** All rows of a task in a folder, whichever split they are asked for as. */
async function rowsOf(name, data, split) {
  const rows = [];
  for await (const row of loadTask(name, { source: data, split, compat })) rows.push(row);
  return rows;
}

async function promptsOf({ task: name, data, others, seed, ...how }) {
  const task = findTask(name);
  const rows = await rowsOf(name, data, 'train');
  const random = new PythonRandom(seed);
  const other = others && drawOtherTask(task, random);
  const context = other && { task: other, rows: await rowsOf(other.name, others[other.name], 'train') };
  const made = createPrompts({ task, rows, random, templates, compat, ...how, ...(context && { context }) });
  return [...made].map(({ text, labels, gold_options }) => [text, labels, gold_options]);
}

for (const line of readFileSync(requests, 'utf8').split('\n')) {
  if (line === '') continue;
  const { id, ...request } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ id, made: await promptsOf(request) }));
  } catch (error) {
    console.log(JSON.stringify({ id, error: error.code ?? `UNTYPED ${error.stack}`, text: error.message }));
  }
}
