// Mixing many tasks, side by side: flanlab and Python's datasets (interleave_datasets, train_test_split, save_to_disk) read the
// same JSON Lines files of prompts, mix them with the same rates and seeds, and write Arrow folders.
//   node benchmarks/mixtures/run.mjs [--python PATH] [--shapes full] [--rounds 1] [--work FOLDER] [--out FILE.json]
// `full` needs 6 GB on disk in FOLDER (default the temporary folder). `guarded` looks for held-out rows and their near-duplicates
// besides, with flanlab alone. Needs built packages, and a Python with datasets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TASK_NAMES } from '../../packages/flan-datasets/dist/index.js';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';
import { generatePrompts } from './generate.mjs';

const SHAPES = {
  full: { tasks: 60, rows: 30_000 },
  guarded: { tasks: 60, rows: 30_000, guarded: 1000 },
  middle: { tasks: 60, rows: 3000 },
  tiny: { tasks: 5, rows: 200, guarded: 20 },
};

const { python, names, rounds, out, more } = benchmarkOptions(SHAPES, { work: { type: 'string', default: tmpdir() } });
const flanlab = [process.execPath, join(import.meta.dirname, 'flanlab.mjs')];
const datasets = [python, join(import.meta.dirname, 'peer.py')];
const best = (results) => results.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const report = {};
for (const name of names) {
  const { rows, guarded } = SHAPES[name];
  const tasks = TASK_NAMES.slice(0, SHAPES[name].tasks);
  const work = mkdtempSync(join(more.work, 'flanlab-benchmark-'));
  try {
    const prompts = join(work, 'prompts');
    await generatePrompts(prompts, tasks, rows);
    const guard = guarded === undefined ? undefined : join(work, 'guard');
    if (guard) await generatePrompts(guard, tasks, guarded, { split: 'test', seed: 1000 });
    const sides = guard ? { flanlab } : { flanlab, datasets };
    const results = takeTurns(sides, { prompts, guard, tasks, out: work }, rounds);
    report[name] = { shape: SHAPES[name], results };
    for (const [side, all] of Object.entries(results)) {
      const { seconds, cpuSeconds, peakBytes, train, test } = best(all);
      console.log(
        `${name} ${side}: ${tasks.length} tasks of ${rows} rows, ${train} + ${test} drawn: ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} of processor time), peak ${megabytes(peakBytes)}`,
      );
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}
writeReport(out, report);
