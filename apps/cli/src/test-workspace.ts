import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/flanlab.js', import.meta.url));

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in a folder, as a user would. */
export function flanlab(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
    execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const TRAINING = {
  method: 'full',
  maxSteps: 2,
  batchSize: 4,
  maxLength: 128,
  stepsPerRun: 2,
  logEvery: 1,
  evalEvery: 0,
  saveEvery: 1,
};

/** A study so small that all of it takes seconds. */
export const TINY_STUDY = {
  name: 'tiny',
  threads: 1,
  tokenizer: { vocabularySize: 320 },
  base: {
    architecture: { hiddenSize: 16, layers: 1, heads: 2, keyValueHeads: 1, intermediateSize: 32, maxPositions: 512 },
    recipe: TRAINING,
  },
  encoder: {
    architecture: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maxPositions: 128 },
    recipe: TRAINING,
  },
  tasks: { train: ['rte', 'sst2'], test: ['rte', 'causal_judgment'] },
  prompts: { numDatapoints: 8 },
  mixture: { validation: 0.2 },
  models: {
    taught: { prompts: 'samplegen', recipe: { ...TRAINING, target: 'all' } },
    regular: {
      prompts: 'regular',
      recipe: { ...TRAINING, target: 'all', method: 'lora', lora: { rank: 2, targetModules: ['all-linear'] } },
    },
  },
  tests: { numTest: 2, maxNewTokens: 4, maxNewTokensSamplegen: 6 },
  bertscore: { layer: 1 },
} as const;

/** Fills a folder with every file that the commands' examples name, made by the tiny study in `run`. */
export async function fillWorkspace(folder: string): Promise<Finished> {
  await mkdir(folder, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await write('study.yaml', JSON.stringify(TINY_STUDY));
  const study = await flanlab(folder, ['quickstart', '--config', 'study.yaml', '--out', 'run', '--json']);
  if (study.code !== 0) throw new Error(study.stderr);
  await write('setup.yaml', 'description: two tasks\ntasks: [rte, sst2]\nkind: regular\n');
  await write('recipe.yaml', 'method: full\nbatchSize: 4\nmaxLength: 64\n');
  await write('prompts.jsonl', lines([{ prompt: 'Where is the red cup?' }, { prompt: 'A' }]));
  await write(
    'predictions.jsonl',
    lines([
      { prediction: 'yes', target: 'yes' },
      { prediction: 'no', target: 'yes' },
    ]),
  );
  await write(
    'templates.py',
    'PATTERNS = {\n    "rte": [("{premise}\\n{hypothesis}" " {options_}", "{answer}")] + [],  # one group\n}\n',
  );
  await write('candidates.txt', 'the red cup\na cat\n');
  await write('references.txt', 'a red cup\nthe dog\n');
  await cp(join(folder, 'run/base/model'), join(folder, 'model'), { recursive: true });
  await cp(join(folder, 'run/encoder/model'), join(folder, 'encoder'), { recursive: true });
  await cp(join(folder, 'run/mixtures/regular/data'), join(folder, 'mixture'), { recursive: true });
  // `prompts`: kinds with training prompts and test prompts side by side, as two calls of `prompts create` leave them.
  for (const kind of await readdir(join(folder, 'run/prompts'))) {
    for (const use of await readdir(join(folder, 'run/prompts', kind)).catch(() => [])) {
      const from = join(folder, 'run/prompts', kind, use);
      const target = use === 'test' ? join(folder, 'prompts', kind) : join(folder, 'train-prompts', kind);
      await cp(from, target, { recursive: true });
    }
  }
  return study;
}
