// Loading and normalising a task from local Parquet, side by side: flanlab and the reference's datasets + pandas.
//   node benchmarks/datasets/run.mjs [--python PATH] [--shapes snli,squad] [--rounds 3] [--out FILE.json]
// `large` reads a file of 2 GB with flanlab alone: its peak must be that of the first 100,000 rows. `tiny` only tries it out.
// Needs built packages and a Python with datasets, pandas and pyarrow.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';

const SHAPES = {
  snli: { task: 'snli', rows: 100_000 },
  squad: { task: 'squad', rows: 100_000 },
  large: { task: 'squad', rows: 3_000_000, wholeSplit: true },
  tiny: { task: 'squad', rows: 500 },
};

const { python, names, rounds, out } = benchmarkOptions(SHAPES);
const flanlab = [process.execPath, join(import.meta.dirname, 'flanlab.mjs')];
const peer = [python, join(import.meta.dirname, 'peer.py')];
const best = (results) => results.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const report = {};
const source = mkdtempSync(join(tmpdir(), 'flanlab-benchmark-'));
try {
  for (const name of names) {
    const { task, rows, wholeSplit = false } = SHAPES[name];
    const path = join(source, task, 'train.parquet');
    mkdirSync(join(source, task), { recursive: true });
    execFileSync(python, [join(import.meta.dirname, 'generate.py'), task, String(rows), path]);
    const sides = wholeSplit ? { flanlab } : { flanlab, 'datasets + pandas': peer };
    const results = takeTurns(sides, { task, source, wholeSplit }, wholeSplit ? 1 : rounds);
    report[name] = { shape: { ...SHAPES[name], fileBytes: statSync(path).size }, results };
    console.log(`${name}: ${rows} rows, ${megabytes(statSync(path).size)} of Parquet`);
    for (const [side, all] of Object.entries(results)) {
      const { seconds, rows: given, characters, peakBytes, peakAfterFirst100k } = best(all);
      const flat = peakAfterFirst100k ? `, ${megabytes(peakAfterFirst100k)} after 100,000 rows` : '';
      console.log(
        `  ${side}: ${Math.round(given / seconds)} rows/s (${seconds.toFixed(2)} s), peak ${megabytes(peakBytes)}${flat}, ${given} rows of ${characters} characters`,
      );
    }
  }
} finally {
  rmSync(source, { recursive: true });
}
writeReport(out, report);
