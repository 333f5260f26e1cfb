import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '@flanlab/files';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { flanlab, TINY_STUDY } from './test-workspace.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
  await write('study.yaml', JSON.stringify(TINY_STUDY));
  await write('broken.yaml', 'name: x\n\ttasks: [rte\n');
  await write('wrong.yaml', JSON.stringify({ ...TINY_STUDY, seeds: 1, tasks: { train: ['rtee'], test: [] } }));
  await write('recipe.yaml', 'learningRat: 1\nbatchSize: 0\n');
  await write('rows.jsonl', '{"text":"a b c"}\n');
  await write('no-prompt.jsonl', '{"text":"a b c"}\n');
  await write('torn.jsonl', '{"prompt":"a"}\n{"pro');
  await write('code.py', 'import os\n');
  await write('file', '');
  await mkdir(join(folder.path, 'empty-model'));
  await mkdir(join(folder.path, 'untokenised'));
  await write(
    'untokenised/config.json',
    JSON.stringify({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: 300,
      hidden_size: 8,
      intermediate_size: 16,
      num_hidden_layers: 1,
      num_attention_heads: 2,
    }),
  );
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const CASES: readonly (readonly [name: string, line: string, exit: number, code: RegExp])[] = [
  ['an unknown command', 'quickstrat', 2, /CLI_USAGE[\s\S]*Did you mean flanlab quickstart/],
  ['an unknown option', 'quickstart --otu x', 2, /CLI_USAGE[\s\S]*--out/],
  ['broken YAML', 'quickstart --config broken.yaml --out out/a', 2, /STUDY_CONFIG_SYNTAX[\s\S]*line 2/],
  [
    'wrong settings, all at once',
    'quickstart --config wrong.yaml --out out/a',
    2,
    /3 settings[\s\S]*tasks\.test: [\s\S]*seeds: [^\n]*did you mean seed\?[\s\S]*"rtee"; did you mean rte/,
  ],
  ['a missing study', 'quickstart --config none.yaml --out out/a', 3, /FILES_NOT_FOUND/],
  ['an unknown stage', 'quickstart --config study.yaml --until reprot --out out/b', 2, /STUDY_STAGE_UNKNOWN/],
  ['an unknown task', 'data convert rtee --to out/rte.jsonl', 2, /DATASET_TASK_UNKNOWN[\s\S]*rte/],
  ['an unknown split', 'data convert rte --split tarin --to out/rte.jsonl', 3, /DATASET_SPLIT/],
  ['an unknown format', 'data convert rte --to out/rte.xlsx', 2, /DATASET_FORMAT_UNKNOWN/],
  ['an unknown template', 'templates show rtee', 3, /TEMPLATE_TASK_UNKNOWN[\s\S]*Did you mean "rte"/],
  ['an import of nothing', 'templates import --to out/t', 2, /CLI_USAGE[\s\S]*--from or --published|one source/],
  ['templates that are code', 'templates import --from code.py --to out/t', 3, /TEMPLATE_PYTHON_INVALID[\s\S]*Line 1/],
  ['a prompt that is not there', 'prompts show rte --row 100000', 2, /CLI_VALUE_UNKNOWN[\s\S]*--row 0 to/],
  [
    'variants that would do nothing',
    'prompts create --tasks rte --kind regular --corrupt --without-answer --out out/c',
    2,
    /CLI_USAGE[\s\S]*--without-answer and --corrupt would do nothing/,
  ],
  ['half a prompt', 'prompts show rte --row 1.5', 2, /CLI_VALUE_UNKNOWN[\s\S]*whole numbers/],
  [
    'no prompts at all',
    'prompts create --tasks rte --kind regular --num 0 --out out/none',
    2,
    /PROMPT_OPTION_INVALID[\s\S]*num = 0/,
  ],
  ['lengths without a tokenizer', 'prompts show rte --stats', 2, /CLI_USAGE[\s\S]*--model/],
  [
    'an unknown BIG-bench format',
    'prompts show causal_judgment --for test --bigbench-format opne',
    2,
    /TEMPLATE_FRAME_UNKNOWN[\s\S]*open/,
  ],
  [
    'chats with a template',
    'prompts create --tasks rte --kind regular --format messages --chat-template m --out out/c',
    2,
    /CLI_USAGE/,
  ],
  [
    'a translation of a task without choices',
    'prompts translate rte --api-model m --out out/x.jsonl',
    2,
    /PROMPT_TASK_UNSUPPORTED/,
  ],
  ['an unknown set-up', 'mix build defualt --prompts . --out out/mix', 2, /MIXTURE_SETUP_UNKNOWN[\s\S]*default/],
  [
    'a wrong recipe, all at once',
    'train --model m --data rows.jsonl --recipe recipe.yaml --out out/t',
    2,
    /learningRat[\s\S]*batchSize/,
  ],
  [
    'a missing model',
    'generate --model none --prompts rows.jsonl --out out/r.jsonl',
    3,
    /CLI_ROW_INVALID|CHECKPOINT|FILES_NOT_FOUND/,
  ],
  [
    'a folder that is no model',
    'train --model empty-model --data rows.jsonl --out out/t',
    3,
    /CHECKPOINT_FILE_MISSING|FILES_NOT_FOUND/,
  ],
  ['a missing tokenizer', 'inspect --model untokenised --data rows.jsonl', 3, /TOKENIZER|CHECKPOINT_FILE_MISSING/],
  [
    'rows without a prompt',
    'generate --model empty-model --prompts no-prompt.jsonl --out out/r.jsonl',
    3,
    /CLI_ROW_INVALID[\s\S]*"prompt" is missing/,
  ],
  ['a file cut off', 'generate --model empty-model --prompts torn.jsonl --out out/r.jsonl', 3, /FILES_JSON_INVALID/],
  ['an output below a file', 'data convert rte --to file/rte.jsonl', 3, /FILES_NOT_A_FOLDER/],
  [
    'a run folder below a file',
    'quickstart --config study.yaml --until prompts --out file/run',
    3,
    /FILES_NOT_A_FOLDER/,
  ],
];

it.each(CASES)('%s gives one readable error and leaves nothing behind', async (_name, line, exit, message) => {
  const { code, stdout, stderr } = await flanlab(folder.path, line.split(' '));
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/ {4}at |bug in flanlab/);
  expect([...stderr.matchAll(/^ {2}fix: /gm)]).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  const left = (await exists(join(folder.path, 'out')))
    ? await readdir(join(folder.path, 'out'), { recursive: true })
    : [];
  expect(left.filter((name) => /\.(jsonl|xlsx|tmp|safetensors)$/.test(name))).toEqual([]);
});

// Linux keeps a file system that even root cannot write to.
const onLinux = it.runIf(process.platform === 'linux');

onLinux.each([
  ['data convert rte --to /sys/flanlab/rte.jsonl'],
  ['quickstart --config study.yaml --until prompts --out /sys/flanlab'],
])('a folder that cannot be written: %s', async (line) => {
  const { code, stderr } = await flanlab(folder.path, line.split(' '));
  expect(stderr).toMatch(/^FILES_[A-Z_]+: Cannot write/m);
  expect(stderr).not.toMatch(/ {4}at |bug in flanlab/);
  expect(code).toBe(4);
});

it('prints the error as JSON when results are wanted as JSON', async () => {
  const { code, stderr } = await flanlab(folder.path, ['data', 'convert', 'rtee', '--to', 'out/x.jsonl', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'DATASET_TASK_UNKNOWN', exitCode: 2 } });
});
