import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exists, hashFile } from '@flanlab/files';
import { readSafetensors } from '@flanlab/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { writeSmallModel } from './test-models.js';
import { flanlab } from './test-workspace.js';

const BIN = fileURLToPath(new URL('../bin/flanlab.js', import.meta.url));
const STEPS = 300;
const RECIPE = {
  method: 'lora',
  lora: { rank: 2, dropout: 0.3, targetModules: ['all-linear'] },
  learningRate: 1e-2,
  batchSize: 1,
  epochs: 99,
  maxSteps: STEPS,
  logEvery: 1,
  saveEvery: 0,
  stepsPerRun: 2,
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeSmallModel(join(folder.path, 'model'));
  await writeFile(join(folder.path, 'recipe.yaml'), JSON.stringify(RECIPE));
  const rows = ['a cup is red', 'a red cup', 'is a cup a cup', 'red is red'];
  await writeFile(join(folder.path, 'rows.jsonl'), rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const command = (out: string, ...more: readonly string[]): string[] => [
  ...['train', '--model', 'model', '--data', 'rows.jsonl', '--recipe', 'recipe.yaml', '--threads', '1'],
  ...['--out', out, ...more],
];

const linesOf = async (path: string): Promise<number> =>
  (await exists(path)) ? (await readFile(path, 'utf8')).split('\n').length - 1 : 0;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Starts a training, and gives it the signals once it has logged some steps more than there were before. */
async function interrupt(
  out: string,
  signals: (child: ChildProcess) => Promise<void>,
  ...more: readonly string[]
): Promise<Ended> {
  const log = join(folder.path, out, 'metrics.jsonl');
  const before = await linesOf(log);
  const child = spawn(process.execPath, [BIN, ...command(out, ...more)], { cwd: folder.path });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += String(text)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal, stderr }));
  });
  while (child.exitCode === null && (await linesOf(log)) < before + 8) await wait(5);
  await signals(child);
  return ended;
}

const send = (signal: NodeJS.Signals) => async (child: ChildProcess) => void child.kill(signal);
const hash = (out: string) => hashFile(join(folder.path, out, 'adapter_model.safetensors'));
const checkpoints = async (out: string) =>
  (await readdir(join(folder.path, out))).filter((name) => name.startsWith('checkpoint'));

it('leaves with 75 on SIGTERM and SIGUSR1, with 130 on Ctrl-C, each time with a checkpoint, and ends in the same bits', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 75],
    ['SIGUSR1', 75],
    ['SIGINT', 130],
  ] as const) {
    const ended = await interrupt('out/pieces', send(signal));
    expect(ended, ended.stderr).toMatchObject({ code, signal: null });
    expect(ended.stderr).toContain(`${signal}: ending cleanly`);
    expect(await checkpoints('out/pieces')).not.toEqual([]);
  }
  const last = await flanlab(folder.path, [...command('out/pieces'), '--json']);
  expect(last.stderr).toMatch(/going on after step \d+/);
  expect(JSON.parse(last.stdout)).toMatchObject({ steps: STEPS });
  await flanlab(folder.path, command('out/whole'));
  expect(await hash('out/pieces')).toBe(await hash('out/whole'));
  const steps = (await readFile(join(folder.path, 'out/pieces/metrics.jsonl'), 'utf8')).trim().split('\n');
  expect(steps.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
}, 180_000);

it('ends at once on a second Ctrl-C, in the middle of a run of the runtime', async () => {
  const twice = async (child: ChildProcess) => {
    child.kill('SIGINT');
    await wait(400); // sooner, it is taken for the same one
    child.kill('SIGINT');
  };
  // One call of the runtime for all steps: it cannot end cleanly in between. Nothing is logged before, so do not wait.
  const out = 'out/twice';
  const child = spawn(
    process.execPath,
    [BIN, ...command(out, '--set', 'maxSteps=20000', '--set', 'stepsPerRun=20000')],
    { cwd: folder.path },
  );
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('exit', (_code, signal) => resolve(signal));
  });
  while (!(await exists(join(folder.path, out, 'flanlab.log')))) await wait(10);
  await twice(child);
  expect(await ended).toBe('SIGINT');
}, 60_000);

it('stops at a loss that is no number, keeps the last good checkpoint and saves no other', async () => {
  const hot = [
    '--set',
    'learningRate=1e36',
    '--set',
    'warmupRatio=0.02',
    '--set',
    'saveEvery=1',
    '--set',
    'maxGradNorm=1e30',
  ];
  const { code, stderr } = await flanlab(folder.path, command('out/hot', ...hot));
  expect(code).toBe(5);
  expect(stderr).toMatch(
    /TRAINER_NON_FINITE: [\s\S]*first (gradient|tensor) that is not finite is (that of )?base_model/,
  );
  const [newest] = (await checkpoints('out/hot')).sort((a, b) => Number(b.slice(11)) - Number(a.slice(11)));
  expect(newest).toBeDefined();
  for (const file of ['model.safetensors', 'optimizer.safetensors']) {
    const { tensors } = await readSafetensors(join(folder.path, 'out/hot', newest!, file));
    for (const [name, tensor] of tensors) expect((await tensor.float32()).every(Number.isFinite), name).toBe(true);
  }
  // The run goes on from there, to the same end.
  const again = await flanlab(folder.path, command('out/hot', ...hot));
  expect(again).toMatchObject({ code: 5 });
}, 60_000);
