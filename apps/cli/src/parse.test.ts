import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineCommand } from './command.js';
import { parseCommandLine } from './parse.js';
import { temporaryFolder } from './test-folder.js';

const output = async () => ({ data: {}, text: '' });
const COMMANDS = [
  defineCommand({
    name: 'mix build',
    describe: 'Build a mixture',
    options: {
      setup: { type: 'string', describe: 'Which', positional: true, required: true, choices: ['default', 'setup1'] },
      prompts: { type: 'string', describe: 'Folder', required: true },
      seed: { type: 'number', describe: 'Seed', default: 42 },
      kind: { type: 'string', describe: 'Kind', choices: ['regular', 'samplegen'] },
      tasks: { type: 'string', describe: 'Tasks', list: true },
      compat: { type: 'boolean', describe: 'As published', default: false },
    },
    examples: [{ args: 'mix build default --prompts data', describe: 'One' }],
    run: output,
  }),
  defineCommand({
    name: 'doctor',
    describe: 'Examine',
    options: {},
    examples: [{ args: 'doctor', describe: '' }],
    run: output,
  }),
];
const parse = (...argv: string[]) => parseCommandLine(argv, COMMANDS, { version: '9.8.7' });
const values = async (...argv: string[]) => {
  const parsed = await parse(...argv);
  return parsed.kind === 'run' ? parsed.args : parsed;
};

it('reads positionals, numbers, lists, switches and defaults', async () => {
  expect(
    await values('mix', 'build', 'setup1', '--prompts', 'p', '--seed', '7', '--tasks', 'rte,cola', '--compat'),
  ).toEqual({
    setup: 'setup1',
    prompts: 'p',
    seed: 7,
    kind: undefined,
    tasks: ['rte', 'cola'],
    compat: true,
  });
  expect(await values('mix', 'build', 'default', '--prompts=p')).toMatchObject({ seed: 42, compat: false });
});

it.each([
  [['dcotor'], 'flanlab has no command "dcotor"', 'Did you mean flanlab doctor?'],
  [['mix', 'biuld'], 'flanlab mix has no command "biuld"', 'Did you mean flanlab mix build?'],
  [['mix'], 'flanlab mix needs a command', 'See flanlab mix --help'],
  [['mix', 'build', 'default', '--promts', 'p'], 'no option --promts', 'Did you mean --prompts?'],
  [['mix', 'build', '--prompts', 'p'], 'flanlab mix build needs setup', 'mix build default --prompts data'],
  [['mix', 'build', 'default'], 'flanlab mix build needs --prompts', 'For example'],
  [['mix', 'build', 'defualt', '--prompts', 'p'], 'setup cannot be "defualt"', 'Did you mean default?'],
  [['mix', 'build', 'default', '--prompts', 'p', '--kind', 'samplgen'], 'cannot take', ''],
  [['mix', 'build', 'default', '--prompts', 'p', '--seed', 'x'], '--seed needs a number', ''],
  [['mix', 'build', 'default', '--prompts', 'p', '--prompts', 'q'], '--prompts was given 2 times', ''],
  [['mix', 'build', 'default', 'more', '--prompts', 'p'], 'does not know what to do with "more"', ''],
])('rejects %j with exit code 2', async (argv, what, fix) => {
  await expect(parse(...argv)).rejects.toMatchObject({
    exitCode: 2,
    what: expect.stringContaining(what),
    fix: expect.stringContaining(fix),
  });
});

it('suggests the nearest choice', async () => {
  await expect(parse('mix', 'build', 'default', '--prompts', 'p', '--kind', 'samplgen')).rejects.toThrow(
    /--kind cannot be "samplgen".*Did you mean samplegen\?/,
  );
});

it('shows the overview, a group, one command with its example, and the version', async () => {
  expect(await parse()).toMatchObject({ kind: 'shown', text: expect.stringContaining('flanlab mix build') });
  expect(await parse('mix', '--help')).toMatchObject({ kind: 'shown', text: expect.not.stringContaining('doctor') });
  expect(await parse('mix', 'build', '--help')).toMatchObject({
    text: expect.stringMatching(/setup {12}Which[\s\S]*--seed[\s\S]*flanlab mix build default --prompts data/),
  });
  expect(await parse('--version')).toEqual({ kind: 'shown', text: '9.8.7' });
});

it('takes options from a file, and lets flags win', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'mix.yaml');
  await writeFile(file, 'prompts: from-file\nseed: 1\ntasks: [rte, cola]\n');
  expect(await values('mix', 'build', 'default', '--config', file, '--seed', '2')).toMatchObject({
    prompts: 'from-file',
    seed: 2,
    tasks: ['rte', 'cola'],
  });
});

it('reports every problem of an options file at once', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'mix.yaml');
  await writeFile(file, 'promts: p\nseed: many\nkind: regluar\n');
  await expect(parse('mix', 'build', 'default', '--config', file)).rejects.toMatchObject({
    code: 'CLI_CONFIG_INVALID',
    exitCode: 2,
    why: expect.stringMatching(/promts: .*prompts[\s\S]*seed: must be a number[\s\S]*kind: .*did you mean regular/),
  });
  await writeFile(file, 'prompts: [unclosed\n');
  await expect(parse('mix', 'build', 'default', '--config', file)).rejects.toMatchObject({
    code: 'STUDY_CONFIG_SYNTAX',
  });
});
