import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '@flanlab/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from './commands/index.js';
import { parseCommandLine } from './parse.js';
import { temporaryFolder } from './test-folder.js';
import { type Finished, fillWorkspace, flanlab } from './test-workspace.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let study: Finished;

beforeAll(async () => {
  folder = await temporaryFolder();
  study = await fillWorkspace(folder.path);
}, 600_000);
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const run = (line: string, env: Readonly<Record<string, string>> = {}) => flanlab(folder.path, line.split(' '), env);

describe('examples in the help', () => {
  const examples = COMMANDS.flatMap((command) => command.examples.map(({ args }) => [args, command.name] as const));

  it.each(examples)(
    'flanlab %s',
    async (args) => {
      const { code, stderr, stdout } = await run(args);
      expect(stderr).not.toMatch(/bug in flanlab/);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim()).not.toBe('');
      if (args.includes('--json')) expect(() => JSON.parse(stdout)).not.toThrow();
    },
    60_000,
  );

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '--help of %s shows them',
    async (name, command) => {
      const help = await parseCommandLine([...name.split(' '), '--help'], COMMANDS, { version: '0' });
      expect(help.kind).toBe('shown');
      for (const { args } of command.examples) expect(help.kind === 'shown' && help.text).toContain(`flanlab ${args}`);
    },
  );
});

describe('quickstart', () => {
  it('ends in a report made of this run, with results on stdout and progress on stderr', async () => {
    const { report, stages } = JSON.parse(study.stdout) as {
      report: string;
      stages: { stage: string; skipped: boolean }[];
    };
    expect(await readFile(report, 'utf8')).toContain('</html>');
    expect(stages.map(({ stage }) => stage)).toEqual([
      'tokenizer',
      'base',
      'encoder',
      'prompts',
      'mixtures/regular',
      'mixtures/samplegen',
      'models/taught',
      'models/regular',
      'tests/base',
      'tests/base-gold',
      'tests/taught',
      'tests/regular',
      'tests/base-taught',
      'report',
    ]);
    expect(study.stderr).toContain('models/taught starts: it has not run yet');
  });

  it('does nothing the second time, and only what depends on it after a change', async () => {
    const skipped = async (line: string) => {
      const { stdout } = await run(line);
      const { stages } = JSON.parse(stdout) as { stages: { stage: string; skipped: boolean }[] };
      return stages.filter((one) => !one.skipped).map(({ stage }) => stage);
    };
    expect(await skipped('quickstart --config study.yaml --out run --json')).toEqual([]);
    const changed = 'quickstart --config study.yaml --set report.title=Other --out run --json';
    expect(await skipped(changed)).toEqual(['report']);
  });

  it('logs JSON lines into the run folder', async () => {
    const lines = (await readFile(join(folder.path, 'run/flanlab.log'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(expect.arrayContaining(['stage-started', 'finished']));
  });
});

describe('contracts of commands', () => {
  it('train leaves metrics with the agreed columns beside the model', async () => {
    await run('train --model model --data mixture --recipe recipe.yaml --max-steps 2 --out out/contract');
    const first = (await readFile(join(folder.path, 'out/contract/metrics.jsonl'), 'utf8')).split('\n')[0]!;
    expect(Object.keys(JSON.parse(first))).toEqual(
      expect.arrayContaining(['step', 'loss', 'learning_rate', 'grad_norm', 'tokens_per_second']),
    );
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'train_logs.csv', 'flanlab.log']) {
      expect(await exists(join(folder.path, 'out/contract', name)), name).toBe(true);
    }
  });

  it('generate answers in order, with prompt, response and tokens', async () => {
    await run('generate --model model --prompts prompts.jsonl --max-new-tokens 3 --out out/three.jsonl');
    const rows = (await readFile(join(folder.path, 'out/three.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ prompt }) => prompt)).toEqual(['Where is the red cup?', 'A']);
    for (const { tokens, response } of rows) {
      expect(tokens.length).toBeLessThanOrEqual(3);
      expect(typeof response).toBe('string');
    }
  });

  it('generate takes an adapter', async () => {
    const { code, stderr } = await run(
      'generate --model run/base/model --adapter run/models/regular/model --prompts prompts.jsonl --max-new-tokens 2 --out out/adapter.jsonl',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it('score prints the metrics of the task', async () => {
    const { stdout } = await run('score rte --predictions predictions.jsonl --json');
    expect(JSON.parse(stdout)).toMatchObject({ task: 'rte', n: 2, accuracy: 50 });
  });

  it('data convert prints how many rows it wrote', async () => {
    const { stdout } = await run('data convert rte --split validation --to out/rte.parquet --json');
    expect(JSON.parse(stdout).rows).toBeGreaterThan(10);
    const again = await run('data convert rte --from out/rte.parquet --raw --to out/rte.csv --json');
    expect(JSON.parse(again.stdout).rows).toBe(JSON.parse(stdout).rows);
  });

  it('tests a pipeline with the samples of a model', async () => {
    const direct = await run(
      'test --model run/models/taught/model --mode direct --prompt-format mix_prompts --tasks rte --prompts prompts --num-test 2 --max-new-tokens 4 --out out/direct --json',
    );
    const { samples } = JSON.parse(direct.stdout).results[0].files;
    const pipeline = await run(
      `test --model model --mode pipeline --sample-source model --samples ${samples} --tasks rte --max-new-tokens 4 --out out/pipeline --json`,
    );
    expect(JSON.parse(pipeline.stdout).results[0]).toMatchObject({ task: 'rte', n: 2 });
    const gold = await run(
      'test --model model --mode pipeline --tasks rte --prompts prompts --train-prompts train-prompts --num-test 2 --max-new-tokens 4 --out out/gold --json',
    );
    expect(JSON.parse(gold.stdout).results[0]).toMatchObject({ task: 'rte', n: 2 });
  });

  it('inspect marks what is learned, in colour or in brackets', async () => {
    const plain = await run('inspect --model model --data mixture', { NO_COLOR: '1' });
    expect(plain.stdout).toMatch(/【/);
    expect(plain.stdout).not.toContain('\u001b[');
    const coloured = await run('inspect --model model --data mixture', { NO_COLOR: '', FORCE_COLOR: '1' });
    expect(coloured.stdout).toContain('\u001b[30;42m');
  });
});
