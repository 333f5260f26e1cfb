// Training speed and memory, side by side: full fine-tuning by flanlab and by PyTorch on the same shapes, in turns.
//   node benchmarks/training/run.mjs [--python PATH] [--shapes small,llama-30m] [--rounds 3] [--out FILE.json]
// Needs built packages, and for the peer a Python with torch and transformers.
import { join } from 'node:path';
import { LLAMA_30M, SMALL } from '../shapes.mjs';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';

const SHAPES = {
  small: { config: SMALL, batch: 8, length: 256, steps: 48, warmup: 8, stepsPerRun: 8 },
  'llama-30m': { config: LLAMA_30M, batch: 4, length: 256, steps: 12, warmup: 4, stepsPerRun: 4 },
};

const { python, names, rounds, out } = benchmarkOptions(SHAPES);
const sides = {
  flanlab: [process.execPath, join(import.meta.dirname, 'flanlab.mjs')],
  pytorch: [python, join(import.meta.dirname, 'peer.py')],
};
const best = (results) => results.reduce((a, b) => (b.tokensPerSecond > a.tokensPerSecond ? b : a));
const report = {};
for (const name of names) {
  const shape = SHAPES[name];
  const results = takeTurns(sides, shape, rounds);
  report[name] = { shape, results };
  const [ours, peer] = [best(results.flanlab), best(results.pytorch)];
  const size = `${(ours.parameters / 1e6).toFixed(2)} M parameters, batch ${shape.batch} x ${shape.length} tokens`;
  console.log(`${name}: full fine-tuning, ${size}`);
  for (const { library, tokensPerSecond, secondsPerStep, peakBytes, baselineBytes } of [ours, peer]) {
    const speed = `${Math.round(tokensPerSecond)} tokens/s, ${Math.round(secondsPerStep * 1000)} ms a step`;
    console.log(`  ${library.padEnd(42)} ${speed}, peak ${megabytes(peakBytes)} (${megabytes(baselineBytes)} before)`);
  }
  const [speed, memory] = [ours.tokensPerSecond / peer.tokensPerSecond, ours.peakBytes / peer.peakBytes];
  console.log(`  flanlab / PyTorch: ${speed.toFixed(2)} x tokens/s, ${memory.toFixed(2)} x peak memory`);
}
writeReport(out, report);
