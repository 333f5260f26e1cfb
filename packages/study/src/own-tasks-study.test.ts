import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from './config/parse-config.js';
import { runStudy } from './study.js';
import { temporaryFolder } from './test-folder.js';

const TASKS = `tasks:
  - name: weather
    cluster: nli
    metric: accuracy
    columns: [sky, plan, wise]
    prompt: { options: { values: ['no', 'yes'] }, label: { option: wise } }
    templates: ['{sky}: {plan}? {options_}', 'Is {plan} wise when {sky}? {options_}']
  - name: tides
    cluster: sentiment
    columns: [sky, plan]
    prompt: { label: { text: plan } }
    templates: ['What to do, {sky}?']
`;

const STUDY = `name: tiny
tokenizer: { vocabularySize: 300 }
data: { text: text.jsonl, encoderText: text.jsonl, taskFile: tasks.yaml, taskRows: rows }
base:
  architecture: { hiddenSize: 16, layers: 1, heads: 2, keyValueHeads: 1, intermediateSize: 16, maxPositions: 512 }
  recipe: { method: full, maxSteps: 1, batchSize: 4, maxLength: 32 }
encoder:
  architecture: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 16, maxPositions: 64 }
  recipe: { maxSteps: 1, batchSize: 4, maxLength: 32, maskedShare: 0.15 }
tasks: { train: [rte, weather], test: [weather, tides] }
prompts: { numDatapoints: 4, numInner: 1 }
models: { regular: { prompts: regular, recipe: { method: full, maxSteps: 1, batchSize: 2, maxLength: 256 } } }
tests: { numTest: 1, maxNewTokens: 2 }
bertscore: { layer: 1 }
`;

const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

it('takes its own tasks through every stage, holds them out, and notices when their file changes', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await writeFile(at('text.jsonl'), jsonLines(Array.from({ length: 20 }, (_, n) => ({ text: `Cat ${n} sat, ${n}.` }))));
  for (const task of ['weather', 'tides']) {
    await mkdir(at(`rows/${task}`), { recursive: true });
    for (const split of ['train', 'test']) {
      const rows = Array.from({ length: 8 }, (_, n) => ({ sky: `${split}${n}`, plan: `${task} ${n}`, wise: n % 2 }));
      await writeFile(at(`rows/${task}/${split}.jsonl`), jsonLines(rows));
    }
  }
  await writeFile(at('tasks.yaml'), TASKS);
  await writeFile(at('study.yaml'), STUDY);
  /** Why stages ran, by stage; those up to date are left out. */
  const run = async (): Promise<Record<string, string>> => {
    const why: Record<string, string> = {};
    for await (const event of runStudy(await readConfig(at('study.yaml')), { dir: at('run') }))
      if (event.type === 'stage-started') why[event.stage] = event.why;
    return why;
  };
  const json = async (name: string) => JSON.parse(await readFile(at(`run/${name}`), 'utf8'));

  expect(Object.keys(await run())).toContain('models/regular');
  const lines = await readFile(at('run/prompts/regular/test/tides/test.jsonl'), 'utf8');
  expect(JSON.parse(lines.split('\n')[0]!)).toMatchObject({ labels: 'tides 0', gold_options: [''] });
  const card = await json('mixtures/regular/data/card.json');
  expect(card).toMatchObject({ heldOut: ['tides'] });
  expect(card.tasks.map(({ task, cluster }: { task: string; cluster: string }) => [task, cluster])).toEqual([
    ['rte', 'nli'],
    ['weather', 'nli'],
  ]);
  const study = await json('report/study.json');
  const clusters = (list: { task: string; cluster: string; metric: string }[]) =>
    new Set(list.map(({ task, cluster, metric }) => `${task} ${cluster} ${metric}`));
  expect(clusters(study.evaluations)).toEqual(
    new Set(['weather nli accuracy', 'tides sentiment simple_accuracy: simple acc']),
  );
  expect(study.facts).toContainEqual({
    label: 'Tasks of its own',
    value: `weather, tides (${at('tasks.yaml')}, rows from ${at('rows')})`,
  });
  expect(await run()).toEqual({});

  // What reads the file runs again; the mixture comes out the same, so that no model is tuned again.
  await writeFile(at('tasks.yaml'), `# Reviewed.\n${TASKS}`);
  const why = `${at('tasks.yaml')} changed`;
  const tests = ['tests/base', 'tests/base-gold', 'tests/regular'];
  const changed = ['prompts', 'mixtures/regular', ...tests, 'report'].map((stage) => [stage, why]);
  expect(await run()).toEqual(Object.fromEntries(changed));
}, 120_000);
