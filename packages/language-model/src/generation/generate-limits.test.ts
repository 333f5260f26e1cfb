import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { fixture, loadTiny } from '../graph/test-models.js';
import { planRun } from './decode-batch.js';
import { newRow } from './decode-row.js';
import { engineOf, type Generated, type GenerateOptions, type Generator } from './generator.js';
import { openGenerator } from './open-generator.js';
import { generationGolden, generatorFixture } from './test-generators.js';
import { verifyGeneration } from './verify-generation.js';

const modelDir = generatorFixture('llama');
const { rows, stop } = await generationGolden('llama');
const prompts = rows.map(({ prompt }) => prompt);
let engine: Generator;
beforeAll(async () => {
  engine = await openGenerator({ modelDir, threads: 1 });
});
afterAll(() => engine.close());

async function answers(asked: readonly string[], options: GenerateOptions): Promise<Generated[]> {
  const out: Generated[] = [];
  for await (const answer of engine.generate(asked, options)) out.push(answer);
  return out.sort((a, b) => a.index - b.index);
}

describe('generate', () => {
  it('yields rows as they finish, before the whole batch has', async () => {
    const seen: number[] = [];
    for await (const { tokens } of engine.generate(prompts, { maxNewTokens: 40 })) seen.push(tokens.length);
    expect(seen).toHaveLength(prompts.length);
    expect(seen.indexOf(40)).toBeGreaterThan(seen.indexOf(Math.min(...seen)));
  });

  it('writes on over stop tokens when told to', async () => {
    const written = await answers(prompts, { maxNewTokens: 12, stopTokenIds: [] });
    expect(written.map(({ tokens }) => tokens.length)).toEqual(prompts.map(() => 12));
    expect(written.some(({ tokens }) => tokens.slice(0, -1).includes(stop))).toBe(true);
  });

  it.each([1, 2, 17])('writes %i tokens at most', async (maxNewTokens) => {
    const written = await answers(prompts, { maxNewTokens });
    expect(written.map(({ tokens }) => tokens)).toEqual(rows.map(({ tokens }) => tokens.slice(0, maxNewTokens)));
  });

  it('cuts a prompt that is longer than the context, says so, and stops at its end', async () => {
    const long = 'the old tree '.repeat(60);
    const [short, cut] = await answers(['the', long], { maxNewTokens: 500, stopTokenIds: [] });
    expect(cut).toMatchObject({ promptTokens: 96, promptTruncated: true, finish: 'length' });
    expect(cut!.promptTokens + cut!.truncatedTokens).toBe(engine.tokenizer.encode(long).ids.length);
    expect(cut!.tokens).toHaveLength(32); // 128 positions
    expect(short!.tokens).toHaveLength(128 - short!.promptTokens);
  });

  it('has no answers to no prompts', async () => {
    expect(await answers([], { maxNewTokens: 5 })).toEqual([]);
  });

  it('refuses a second call while one is writing, and takes one after it was left', async () => {
    const first = engine.generate(prompts, { maxNewTokens: 40 });
    await first.next();
    await expect(engine.generate(['a'], { maxNewTokens: 2 }).next()).rejects.toMatchObject({
      code: 'GENERATION_BUSY',
      exitCode: 2,
    });
    await first.return(undefined);
    expect(await answers(['a'], { maxNewTokens: 2 })).toHaveLength(1);
  });

  it('stops when told to, and can be used again', async () => {
    const controller = new AbortController();
    const writing = engine.generate(prompts, { maxNewTokens: 40, signal: controller.signal });
    await writing.next();
    controller.abort(new Error('enough'));
    await expect(
      (async () => {
        for await (const _ of writing);
      })(),
    ).rejects.toThrow('enough');
    const [again] = await answers([prompts[0]!], { maxNewTokens: 40 });
    expect(again!.tokens).toEqual(rows[0]!.tokens);
  });

  it.each([0, 1.5, Number.NaN])('refuses %d new tokens', async (maxNewTokens) => {
    await expect(answers(['a'], { maxNewTokens })).rejects.toMatchObject({ code: 'GENERATION_OPTIONS_INVALID' });
  });
});

describe('verifyGeneration', () => {
  it('finds nothing where rows do not depend on their batch, and what was changed', async () => {
    const options = { maxNewTokens: 40 };
    const written = await answers(prompts, options);
    const sample = written.slice(2, 5);
    expect(await verifyGeneration(engine, prompts, sample, options)).toEqual([]);
    const changed = sample.map((answer, i) => (i === 1 ? { ...answer, tokens: answer.tokens.with(4, 9) } : answer));
    const flipped = await verifyGeneration(engine, prompts, changed, options);
    expect(flipped).toMatchObject([{ index: 3, position: 4, tokensAlone: written[3]!.tokens }]);
  });
});

describe('openGenerator', () => {
  it('writes with an adapter what PEFT finds most likely', async () => {
    const { golden, checkpoint } = await loadTiny('tiny-llama');
    const folder = await mkdtemp(join(tmpdir(), 'generator-'));
    try {
      await cp(fixture('tiny-llama'), folder, { recursive: true });
      await cp(join(modelDir, 'tokenizer.json'), join(folder, 'tokenizer.json'));
      const adapterDir = join(folder, 'adapter');
      await using adapted = await openGenerator({ modelDir: folder, adapterDir, threads: 1 });
      await using plain = await openGenerator({ modelDir: folder, threads: 1 });
      const prompt = Int32Array.from(golden.inputIds[0]!);
      const firstToken = async (generator: Generator): Promise<number> => {
        const { feeds } = planRun([newRow(0, prompt, 1)], [], { steps: 1, readTokens: 64 });
        const { first_tokens: tokens } = await engineOf(generator).session.run(feeds);
        return Number(tokens!.data[0]);
      };
      const last = golden.adaptedLogits.slice(-checkpoint.config.vocabularySize);
      expect(await firstToken(adapted)).toBe(last.indexOf(Math.max(...last)));
      expect(await firstToken(plain)).not.toBe(await firstToken(adapted));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reports a model that computes no numbers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'generator-'));
    try {
      const checkpoint = await readCheckpoint(modelDir);
      const tensors = new Map(
        await Promise.all(
          [...checkpoint.tensors].map(async ([name, tensor]) => {
            const data = await tensor.float32();
            if (name === 'model.norm.weight') data[3] = Number.NaN;
            return [name, { type: 'float32', dims: tensor.shape, data }] as const;
          }),
        ),
      );
      await writeCheckpoint(join(folder, 'model'), { config: checkpoint.config, tensors, tokenizerFrom: modelDir });
      await using broken = await openGenerator({ modelDir: join(folder, 'model'), threads: 1 });
      await expect(broken.generate(['a'], { maxNewTokens: 2 }).next()).rejects.toMatchObject({
        code: 'GENERATION_NOT_FINITE',
        exitCode: 5,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
