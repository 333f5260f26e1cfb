import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { parseOverride } from './overrides.js';
import { checkConfig, parseYaml, readConfig } from './parse-config.js';

const SMALLEST = `
name: small
tokenizer: { vocabularySize: 300 }
base: { path: model }
encoder: { path: /models/encoder }
tasks: { train: [rte], test: [rte, cola] }
models:
  regular: { prompts: regular, recipe: { method: full } }
`;
const PLACE = { name: 'small.yaml', folder: '/studies' };

it('fills in defaults and makes paths absolute', () => {
  const config = checkConfig(parseYaml(SMALLEST, 'small.yaml'), PLACE);
  expect(config).toMatchObject({
    seed: 42,
    data: { source: 'embedded', templates: 'builtin' },
    base: { path: '/studies/model' },
    encoder: { path: '/models/encoder' },
    prompts: { numInner: 2, seed: 12_345 },
    mixture: { cap: 3000, temperature: 1 },
  });
});

it('names line and column of every syntax error', () => {
  expect(() => parseYaml('a: [1\nb: "x\n', 'bad.yaml')).toThrow(
    expect.objectContaining({
      code: 'STUDY_CONFIG_SYNTAX',
      exitCode: 2,
      why: expect.stringMatching(/line \d+, column \d+/),
    }),
  );
});

it('reports all problems at once, each with its path and the nearest name', () => {
  const settings = {
    ...(parseYaml(SMALLEST, 'x') as object),
    nmae: 'x',
    seed: -1,
    tests: { numTests: 3 },
    base: { path: 'a', recipe: {} },
    tasks: { train: ['rte', 'cloa'], test: [] },
    models: { Bad: { prompts: 'regluar', recipe: { learningRat: 1 } } },
  };
  let why = '';
  try {
    checkConfig(settings, PLACE);
  } catch (error) {
    why = (error as { why: string }).why;
  }
  for (const line of [
    'nmae: unknown setting; did you mean name?',
    'seed: ',
    'tests.numTests: unknown setting; did you mean numTest?',
    'base: takes either path',
    'tasks.train.1: unknown task "cloa"; did you mean cola?',
    'tasks.test: ',
    'models.Bad: must be lower-case',
    'models.Bad.prompts: ',
    'models.Bad.recipe.learningRat: ',
  ]) {
    expect(why).toContain(`\n    ${line}`);
  }
});

const OWN = `name: weather
columns: [sky, wise]
prompt: { label: { text: wise } }
`;

it('knows the tasks of a file of own tasks, and where its rows are', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await writeFile(at('my.yaml'), OWN);
  const study = at('small.yaml');
  await writeFile(study, SMALLEST);
  const tasks = { path: 'tasks.test', value: ['rte', 'weather'] };
  const file = { path: 'data.taskFile', value: 'my.yaml' };
  const rows = { path: 'data.taskRows', value: 'rows' };
  const why = async (...overrides: Parameters<typeof readConfig>[1] & object): Promise<string> =>
    readConfig(study, overrides).then(
      () => '',
      (error: { why: string }) => error.why,
    );
  const { data } = await readConfig(study, [tasks, file, rows]);
  expect(data).toMatchObject({ source: 'embedded', taskFile: at('my.yaml'), taskRows: at('rows') });
  expect(await why(tasks)).toContain('tasks.test.1: unknown task "weather"');
  expect(await why({ path: 'tasks.test', value: ['weathr'] }, file)).toContain('did you mean weather?');
  expect(await why(tasks, file)).toContain('data.taskRows: is needed: weather has no embedded rows');
  expect(await why(tasks, file, { path: 'data.source', value: 'rows' })).toBe('');
  expect(await why(file)).toBe('');
  expect(await why(rows)).toContain('data.taskRows: is for the tasks of data.taskFile');
  await writeFile(at('my.yaml'), OWN.replace('sky', 'sky, sky').replace('name: weather', 'name: rte'));
  await expect(readConfig(study, [file])).rejects.toMatchObject({ code: 'DATASET_TASK_INVALID' });
});

it.each([
  ['seed=7', { path: 'seed', value: 7 }],
  ['tasks.test=[rte, cola]', { path: 'tasks.test', value: ['rte', 'cola'] }],
  ['name=a=b', { path: 'name', value: 'a=b' }],
  ['nothing', undefined],
])('reads the override %s', (text, expected) => expect(parseOverride(text)).toEqual(expected));

it('lets overrides win over the file, and says which file is missing', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'small.yaml');
  await writeFile(path, SMALLEST);
  const config = await readConfig(path, [
    { path: 'seed', value: 7 },
    { path: 'tests.numTest', value: 3 },
  ]);
  expect(config).toMatchObject({ seed: 7, tests: { numTest: 3 }, base: { path: join(folder.path, 'model') } });
  await expect(readConfig(join(folder.path, 'none.yaml'))).rejects.toMatchObject({ code: 'FILES_NOT_FOUND' });
});
