// Prompts per second, side by side: flanlab and the published study's own functions, in compat mode on the same rows.
//   node benchmarks/prompts/run.mjs --reference FOLDER [--python PATH] [--shapes small,large,study] [--kinds samplegen,regular] [--workers 1] [--rounds 3] [--out FILE.json]
// FOLDER is a checkout of UKPLab/arxiv2025-inherent-limits-plms at daf2a2e2de1b1f1369f3ff1a04f3399639de4ba9. Needs built
// packages, and a Python with datasets and pandas.
//
// What each side does between its two readings of the clock (its start and imports are not counted, nor the hash of the prompts):
//   reference: `create_and_save_dataset` of its create_prompts.py, as published, for each task in one process. It gets its rows from
//     JSON Lines files that stand in for the hub, normalises and shuffles them, draws, fills templates, cuts off a validation
//     part and saves an Arrow folder with Python's `datasets`: columns text, labels and gold_options.
//   flanlab: `createPromptFiles`, all tasks in one call. It reads the same files, normalises, draws from the same generator, fills the
//     same templates, cuts off a validation part and writes Arrow folders: the same columns, and besides the span to learn, the names
//     of task and template, the SHA-256 of each example shown; a hash of each file, a sync of each file and folder to the
//     disk, and a record of how it was made.
// Without --workers flanlab takes as many threads as it does by itself. The engine compiles and collects garbage on threads of its
// own. Both sides' prompts are
// compared by hash, sorted, for the reference cuts without a seed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedDataDir } from '../../packages/flan-datasets/dist/index.js';
import { importTemplates } from '../../packages/prompt-templates/dist/index.js';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';

const TASKS = ['rte', 'cola', 'copa', 'arc', 'bool_q', 'mrpc', 'common_gen', 'cosmos_qa'];
const SHAPES = {
  small: { tasks: TASKS.slice(0, 3), rows: 500, num: 160 },
  large: { tasks: TASKS, rows: 20_000, num: 8_000 },
  // The study's own number: up to 30,000 rows of a task.
  study: { tasks: TASKS, rows: 40_000, num: 30_000 },
};

const { python, names, rounds, out, more } = benchmarkOptions(SHAPES, {
  reference: { type: 'string' },
  workers: { type: 'string' },
  kinds: { type: 'string', default: 'samplegen,regular' },
});
if (more.reference === undefined) throw new Error('--reference names a checkout of the published study.');
const sides = {
  flanlab: [process.execPath, join(import.meta.dirname, 'flanlab.mjs')],
  reference: [python, join(import.meta.dirname, 'peer.py')],
};

/** The embedded rows over and over, each with a number of its own. */
function writeTask(folder, task, count) {
  const lines = readFileSync(join(embeddedDataDir(), task, 'train.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const rows = Array.from({ length: count }, (_, n) => {
    const row = JSON.parse(lines[n % lines.length]);
    const name = Object.keys(row).find((column) => typeof row[column] === 'string' && row[column] !== '');
    return JSON.stringify({ ...row, [name]: `${row[name]} ${n}` });
  });
  mkdirSync(join(folder, task), { recursive: true });
  writeFileSync(join(folder, task, 'train.jsonl'), `${rows.join('\n')}\n`);
}

const best = (results) => results.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const report = {};
const dir = mkdtempSync(join(tmpdir(), 'flanlab-benchmark-'));
try {
  const templates = join(dir, 'templates');
  const files = ['flan_orig.py', 'templates.json'].map((name) => join(more.reference, 'prompts', name));
  await importTemplates({ files, to: templates, fetch });
  for (const name of names) {
    const { tasks, rows, num } = SHAPES[name];
    const data = join(dir, name);
    for (const task of tasks) writeTask(data, task, rows);
    for (const kind of more.kinds.split(',')) {
      const request = {
        reference: more.reference,
        templates,
        data,
        tasks,
        kind,
        num,
        workers: more.workers && Number(more.workers),
      };
      const results = takeTurns(sides, { ...request, out: join(dir, `${name}-${kind}`) }, rounds);
      const [ours, theirs] = [best(results.flanlab), best(results.reference)];
      const same = ours.hash === theirs.hash ? 'the same prompts' : 'DIFFERENT PROMPTS';
      const rate = ({ prompts, seconds }) => Math.round(prompts / seconds);
      // All threads together, compilation and garbage collection included: less swayed by what else the machine does.
      const cpuRate = ({ prompts, cpuSeconds }) => Math.round(prompts / cpuSeconds);
      const ratio = (rate(ours) / rate(theirs)).toFixed(1);
      const cpuRatio = (cpuRate(ours) / cpuRate(theirs)).toFixed(1);
      console.log(
        `${name} ${kind}: flanlab ${rate(ours)}, reference ${rate(theirs)} prompts/s (${ratio} times), ` +
          `${cpuRate(ours)} and ${cpuRate(theirs)} a CPU second (${cpuRatio} times), ${megabytes(ours.peakBytes)} and ${megabytes(theirs.peakBytes)}, ${same}`,
      );
      report[`${name} ${kind}`] = {
        shape: SHAPES[name],
        ratio: Number(ratio),
        cpuRatio: Number(cpuRatio),
        same: ours.hash === theirs.hash,
        results,
      };
    }
  }
} finally {
  rmSync(dir, { recursive: true });
}
writeReport(out, report);
