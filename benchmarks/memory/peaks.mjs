// Peak memory and time of training steps on long rows and with a large vocabulary, beside PyTorch, in turns: with everything kept,
// and with gradient checkpointing on both sides.
//   node benchmarks/memory/peaks.mjs [--python PATH] [--shapes rows-2048,rows-4096,vocabulary-128k,lora-2048] [--rounds 2] [--out FILE.json]
// Needs built packages, and for the peer a Python with torch and transformers. `tiny` only shows that it runs.
import { join } from 'node:path';
import { LLAMA_30M, SMALL, SMOLLM2_135M } from '../shapes.mjs';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';

const long = { max_position_embeddings: 8192 };
const steps = { steps: 4, warmup: 2, stepsPerRun: 2 };
const SHAPES = {
  'rows-2048': { config: { ...LLAMA_30M, ...long }, batch: 1, length: 2048, ...steps },
  'rows-4096': { config: { ...LLAMA_30M, ...long, vocab_size: 4096 }, batch: 1, length: 4096, ...steps },
  'vocabulary-128k': { config: { ...SMALL, ...long, vocab_size: 128_256 }, batch: 1, length: 2048, ...steps },
  'lora-2048': {
    config: SMOLLM2_135M,
    batch: 1,
    length: 2048,
    steps: 2,
    warmup: 1,
    stepsPerRun: 1,
    lora: { rank: 16, alpha: 32, dropout: 0, targetModules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] },
  },
  tiny: { config: { ...SMALL, ...long }, batch: 1, length: 512, ...steps },
};

const training = join(import.meta.dirname, '..', 'training');
const { python, names, rounds, out } = benchmarkOptions(SHAPES);
const sides = {
  flanlab: [process.execPath, join(training, 'flanlab.mjs')],
  pytorch: [python, join(training, 'peer.py')],
};
const lowest = (results, of) => Math.min(...results.map(of));
const report = {};
for (const name of names) {
  const shape = SHAPES[name];
  console.log(`${name}: batch ${shape.batch} x ${shape.length} tokens, vocabulary ${shape.config.vocab_size}`);
  const measured = {};
  for (const gradientCheckpointing of [false, true]) {
    const what = gradientCheckpointing ? 'checkpointed' : 'kept';
    const results = takeTurns(sides, { ...shape, recipe: { gradientCheckpointing } }, rounds);
    measured[what] = results;
    for (const [side, runs] of Object.entries(results)) {
      const peak = lowest(runs, ({ peakBytes }) => peakBytes);
      const above = peak - lowest(runs, ({ baselineBytes }) => baselineBytes);
      const seconds = lowest(runs, ({ secondsPerStep }) => secondsPerStep);
      const sizes = `peak ${megabytes(peak)}, ${megabytes(above)} above the loaded model`;
      console.log(`  ${side.padEnd(8)} ${what.padEnd(13)} ${sizes}, ${seconds.toFixed(2)} s a step`);
    }
  }
  for (const side of Object.keys(sides)) {
    const [kept, again] = [measured.kept[side], measured.checkpointed[side]];
    const time = lowest(again, (run) => run.secondsPerStep) / lowest(kept, (run) => run.secondsPerStep);
    const memory = lowest(again, (run) => run.peakBytes) / lowest(kept, (run) => run.peakBytes);
    console.log(`  ${side}: checkpointing takes ${time.toFixed(2)} x the time, ${memory.toFixed(2)} x the memory`);
  }
  report[name] = { shape, results: measured };
}
writeReport(out, report);
