// Training speed and memory, side by side: steps of flanlab and of PyTorch on the same shapes, in turns.
//   node benchmarks/training/run.mjs [--python PATH] [--shapes small,llama-30m] [--rounds 3] [--out FILE.json]
// Needs built packages, and for the peer a Python with torch, transformers and peft. The LoRA shapes take the weights of a
// Hugging Face folder with --weights DIR (SmolLM2-135M), and random ones without. `--compile` adds torch.compile;
// `--provider cuda` runs both sides on the GPU.
import { join } from 'node:path';
import { LLAMA_30M, SMALL, SMOLLM2_135M } from '../shapes.mjs';
import { benchmarkOptions, megabytes, takeTurns, writeReport } from '../side-by-side.mjs';

const LORA = {
  config: SMOLLM2_135M,
  batch: 4,
  length: 256,
  steps: 4,
  warmup: 2,
  stepsPerRun: 1,
  lora: { rank: 16, alpha: 32, dropout: 0, targetModules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] },
};
const SHAPES = {
  small: { config: SMALL, batch: 8, length: 256, steps: 48, warmup: 8, stepsPerRun: 8 },
  'llama-30m': { config: LLAMA_30M, batch: 4, length: 256, steps: 12, warmup: 4, stepsPerRun: 4 },
  'lora-135m': { ...LORA, completion: 1 },
  // Instruction data: the loss is on the last quarter of each row.
  'lora-135m-completion': { ...LORA, completion: 0.25 },
};

const { python, names, rounds, out, more } = benchmarkOptions(SHAPES, {
  weights: { type: 'string' },
  compile: { type: 'boolean', default: false },
  provider: { type: 'string', default: 'cpu' },
});
const sides = {
  flanlab: [process.execPath, join(import.meta.dirname, 'flanlab.mjs')],
  pytorch: [python, join(import.meta.dirname, 'peer.py')],
  ...(more.compile ? { compiled: [python, join(import.meta.dirname, 'peer.py'), '--compile'] } : {}),
};
const best = (results) => results.reduce((a, b) => (b.tokensPerSecond > a.tokensPerSecond ? b : a));
const report = {};
for (const name of names) {
  const shape = {
    ...SHAPES[name],
    provider: more.provider,
    ...(SHAPES[name].lora && more.weights ? { weights: more.weights } : {}),
  };
  const results = takeTurns(sides, shape, rounds);
  report[name] = { shape, results };
  const [ours, ...peers] = Object.values(results).map(best);
  const size = `${(ours.parameters / 1e6).toFixed(2)} M parameters, batch ${shape.batch} x ${shape.length} tokens`;
  console.log(`${name}: ${shape.lora ? 'LoRA' : 'full fine-tuning'}, ${size}`);
  for (const { library, tokensPerSecond, secondsPerStep, peakBytes, baselineBytes } of [ours, ...peers]) {
    const speed = `${Math.round(tokensPerSecond)} tokens/s, ${Math.round(secondsPerStep * 1000)} ms a step`;
    console.log(`  ${library.padEnd(42)} ${speed}, peak ${megabytes(peakBytes)} (${megabytes(baselineBytes)} before)`);
  }
  for (const peer of peers) {
    const [speed, memory] = [ours.tokensPerSecond / peer.tokensPerSecond, ours.peakBytes / peer.peakBytes];
    console.log(`  flanlab / ${peer.library}: ${speed.toFixed(2)} x tokens/s, ${memory.toFixed(2)} x peak memory`);
  }
}
writeReport(out, report);
