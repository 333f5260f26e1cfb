import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '@flanlab/files';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { writeSmallModel } from './test-models.js';
import { flanlab } from './test-workspace.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeSmallModel(join(folder.path, 'whole'));
  await writeFile(join(folder.path, 'prompts.jsonl'), '{"prompt":"a cup"}\n');
  await writeFile(join(folder.path, 'rows.jsonl'), '{"text":"a cup is red"}\n'.repeat(4));
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** A copy of the whole model with other bytes in its weights. */
async function breakWeights(name: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  await cp(join(folder.path, 'whole'), join(folder.path, name), { recursive: true });
  const path = join(folder.path, name, 'model.safetensors');
  await writeFile(path, change(await readFile(path)));
}

const withHeader = (bytes: Buffer, header: (text: string) => string): Buffer => {
  const length = Number(bytes.readBigUInt64LE());
  const text = Buffer.from(header(bytes.toString('utf8', 8, 8 + length)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, bytes.subarray(8 + length)]);
};

const BROKEN: readonly (readonly [name: string, change: (bytes: Buffer) => Buffer, code: RegExp])[] = [
  ['cut-off', (bytes) => bytes.subarray(0, bytes.length - 100), /^SAFETENSORS_(TRUNCATED|LAYOUT_INVALID): /],
  ['empty', () => Buffer.alloc(0), /^SAFETENSORS_TRUNCATED: /],
  [
    'header-that-claims-exabytes',
    (bytes) => {
      const lying = Buffer.from(bytes);
      lying.writeBigUInt64LE(2n ** 62n);
      return lying;
    },
    /^SAFETENSORS_(TRUNCATED|HEADER_INVALID): /,
  ],
  [
    'shape-that-claims-more',
    (bytes) => withHeader(bytes, (text) => text.replace('"shape":[300,8]', '"shape":[300,9]')),
    /^SAFETENSORS_TENSOR_INVALID: /,
  ],
  [
    'weights-of-another-model',
    (bytes) => withHeader(bytes, (text) => text.replace('model.norm.weight', 'model.nrom.weight')),
    /^CHECKPOINT_TENSORS_MISMATCH: /,
  ],
];

it.each(BROKEN)('weights that are broken (%s) give one readable error and no output', async (name, change, message) => {
  await breakWeights(name, change);
  const { code, stdout, stderr } = await flanlab(folder.path, [
    ...[
      'generate',
      '--model',
      name,
      '--prompts',
      'prompts.jsonl',
      '--max-new-tokens',
      '2',
      '--out',
      `out/${name}.jsonl`,
    ],
  ]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/ {4}at |bug in flanlab/);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(await exists(join(folder.path, 'out', `${name}.jsonl`))).toBe(false);
});

it('the whole model answers', async () => {
  const args = [
    'generate',
    '--model',
    'whole',
    '--prompts',
    'prompts.jsonl',
    '--max-new-tokens',
    '2',
    '--out',
    'out/whole.jsonl',
  ];
  expect(await flanlab(folder.path, args)).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(join(folder.path, 'out/whole.jsonl'), 'utf8'))).toMatchObject({ prompt: 'a cup' });
});

it('training whose loss is not a number stops with its own exit code, and saves no model', async () => {
  const recipe = 'method: full\nlearningRate: 1.0e+38\nwarmupRatio: 0\nbatchSize: 1\nappendEos: false\n';
  await writeFile(join(folder.path, 'recipe.yaml'), recipe);
  const args = ['train', '--model', 'whole', '--data', 'rows.jsonl', '--recipe', 'recipe.yaml', '--out', 'out/tuned'];
  const { code, stderr } = await flanlab(folder.path, args);
  expect(stderr).toMatch(/^TRAINER_NON_FINITE: Training stopped at step [2-4]\./m);
  expect(code).toBe(5);
  expect((await readdir(join(folder.path, 'out/tuned'))).filter((name) => /safetensors|\.tmp$/.test(name))).toEqual([]);
});

it('training refuses rows without a text, and the folder of its model to write to, and leaves both as they are', async () => {
  await writeFile(join(folder.path, 'chats.jsonl'), '{"messages":[{"role":"user","content":"a cup"}]}\n');
  const train = (data: string, out: string) =>
    flanlab(folder.path, ['train', '--model', 'whole', '--data', data, '--out', out]);
  const weights = await readFile(join(folder.path, 'whole', 'model.safetensors'));
  for (const [{ code, stderr }, exit, message] of [
    [await train('chats.jsonl', 'out/chats'), 3, /^TRAINER_ROWS_INVALID: Row 0 [\s\S]*no text/m],
    [await train('rows.jsonl', 'whole'), 2, /^TRAINER_OUT_IS_MODEL: /m],
  ] as const) {
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/ {4}at |bug in flanlab/);
    expect(code).toBe(exit);
  }
  expect(await readFile(join(folder.path, 'whole', 'model.safetensors'))).toEqual(weights);
});
