import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { writeSmallModel } from './test-models.js';
import { flanlab } from './test-workspace.js';

const TASK = `name: weather
columns: [question, answers]
prompt: { label: { firstAnswer: { column: answers, none: none } } }
`;
const ROWS = [{ question: 'Rain?', answers: ['yes'] }, { question: 'Snow?', answers: [] }, { answers: ['no'] }];

it('takes tasks of the user from a file', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'tasks.yaml'), TASK);
  await writeFile(join(folder.path, 'rows.jsonl'), ROWS.map((row) => JSON.stringify(row)).join('\n'));
  const run = (line: string) => flanlab(folder.path, `${line} --task-file tasks.yaml`.split(' '));
  expect((await run('tasks show weather')).stdout).toContain('question, answers');
  expect((await run('data show weather --from rows.jsonl --limit 1')).stdout).toContain(
    '  question: Rain?\n  answer: yes',
  );
  expect(JSON.parse((await run('data check weather --from rows.jsonl --json')).stdout)).toMatchObject({
    read: 3,
    kept: 2,
    broken: 1,
    problems: [{ row: 3, code: 'DATASET_COLUMN_MISSING' }],
  });
  const { code, stderr } = await run('data show weater --from rows.jsonl');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Did you mean "weather"?') });
}, 60_000);

const WEATHER = `tasks:
  - name: weather
    cluster: nli
    columns: [sky, plan, wise]
    prompt: { options: { values: ['no', 'yes'] }, label: { option: wise } }
    templates: ['{sky}: {plan}? {options_}', 'Is {plan} wise when {sky}? {options_}']
    metric: accuracy
`;

it('takes a task of the user through prompts, mixture, test and scores', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('data/weather'), { recursive: true });
  for (const split of ['train', 'test']) {
    const rows = Array.from({ length: 12 }, (_, n) => ({ sky: `${split}${n}`, plan: `walk ${n}`, wise: n % 2 }));
    await writeFile(at(`data/weather/${split}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'));
  }
  await writeFile(at('tasks.yaml'), WEATHER);
  await writeFile(at('setup.yaml'), 'description: weather alone\ntasks: [weather]\n');
  await writeFile(at('predictions.jsonl'), '{"prediction":"yes","target":"yes"}\n{"prediction":"no","target":"yes"}\n');
  await writeSmallModel(at('model'));
  const run = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await flanlab(folder.path, line.split(' '));
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const own = '--task-file tasks.yaml';
  const create = (use: string) =>
    run(`prompts create --tasks weather ${own} --data data --kind regular --for ${use} --format jsonl --out prompts`);
  await create('test');
  await create('train+val');
  expect(await run(`prompts show weather ${own} --data data`)).toContain('Plan Solution: walk');
  expect(await run(`mix build setup.yaml ${own} --prompts prompts --out mixture`)).toMatch(/weather\W+nli/);
  const tested = `test --model model --mode base --tasks weather ${own} --prompts prompts --num-test 2 --max-new-tokens 2 --threads 1`;
  expect(JSON.parse(await run(`${tested} --out results --json`)).results).toMatchObject([
    { task: 'weather', metric: 'accuracy', n: 2 },
  ]);
  expect(JSON.parse(await run(`score weather ${own} --predictions predictions.jsonl --json`))).toMatchObject({
    metric: 'accuracy',
    values: { accuracy: 50 },
  });
}, 120_000);
