import { describe, expect, it } from 'vitest';
import type { Generated, GenerateOptions, Generator } from '../generation/generator.js';
import { openGenerator } from '../generation/open-generator.js';
import { scoreContinuations } from '../generation/score-continuations.js';
import { verifyGeneration } from '../generation/verify-generation.js';
import { loadTinySeq2Seq, seq2seqFixture, TINY_SEQ2SEQ } from './test-seq2seq.js';

const open = (name: string): Promise<Generator> => openGenerator({ modelDir: seq2seqFixture(name), threads: 1 });

async function answers(
  generator: Generator,
  prompts: readonly string[],
  options: GenerateOptions,
): Promise<Generated[]> {
  const all: Generated[] = [];
  for await (const answer of generator.generate(prompts, options)) all[answer.index] = answer;
  return all;
}

describe.each(TINY_SEQ2SEQ)('%s', (name) => {
  it('answers ragged prompts token for token as transformers does', async () => {
    const { generation } = (await loadTinySeq2Seq(name)).golden;
    const { rows, stop, newTokens } = generation;
    await using generator = await open(name);
    const options = { maxNewTokens: newTokens, stopTokenIds: [stop] };
    const written = await answers(
      generator,
      rows.map(({ prompt }) => prompt),
      options,
    );
    for (const [i, row] of rows.entries()) {
      expect(written[i]).toMatchObject({
        tokens: row.tokens,
        response: row.text,
        finish: row.tokens.at(-1) === stop ? 'stop' : 'length',
        promptTokens: row.ids.length,
        truncatedTokens: 0,
      });
      expect([...generator.tokenizer.encode(row.prompt).ids]).toEqual(row.ids);
    }
  });

  it('writes the same alone and in batches of any size', async () => {
    const { generation } = (await loadTinySeq2Seq(name)).golden;
    const prompts = generation.rows.map(({ prompt }) => prompt);
    await using generator = await open(name);
    const whole = { maxNewTokens: 12, stopTokenIds: [] };
    const written = await answers(generator, prompts, whole);
    expect(written.every(({ tokens }) => tokens.length === 12)).toBe(true);
    expect(await answers(generator, prompts, { ...whole, batchRows: 3 })).toEqual(written);
    expect(await answers(generator, prompts, { ...whole, batchTokens: 1 })).toEqual(written);
    expect(await verifyGeneration(generator, prompts, written, whole)).toEqual([]);
  });

  it('scores continuations as PyTorch does, in any groups', async () => {
    const { prompt, continuations, logLikelihoods } = (await loadTinySeq2Seq(name)).golden.generation.options;
    await using generator = await open(name);
    const scored = await scoreContinuations(generator, prompt, [...continuations, '']);
    for (const [i, wanted] of logLikelihoods.entries()) expect(scored[i]!.logLikelihood).toBeCloseTo(wanted, 3);
    expect(scored.at(-1)).toEqual({ logLikelihood: 0, tokens: 0 });
    const apart = await scoreContinuations(generator, prompt, [...continuations, ''], { batchTokens: 1 });
    for (const [i, { logLikelihood }] of apart.entries()) {
      expect(logLikelihood).toBeCloseTo(scored[i]!.logLikelihood, 4);
    }
  });
});

it('opens with an adapter, whose answers differ', async () => {
  const { generation } = (await loadTinySeq2Seq('t5-v1.1')).golden;
  const prompts = generation.rows.map(({ prompt }) => prompt);
  await using plain = await open('t5-v1.1');
  await using adapted = await openGenerator({
    modelDir: seq2seqFixture('t5-v1.1'),
    adapterDir: seq2seqFixture('t5-v1.1', 'adapter'),
    threads: 1,
  });
  const options = { maxNewTokens: 8, stopTokenIds: [] };
  const tokens = async (generator: Generator) => (await answers(generator, prompts, options)).map((row) => row.tokens);
  expect(await tokens(adapted)).not.toEqual(await tokens(plain));
});

it('stops at the model’s own end token, may write again, and refuses two calls at once', async () => {
  await using generator = await open('t5-v1.0');
  expect(generator.stopTokenIds).toContain(1);
  const first = generator.generate(['the red fox', 'a'], { maxNewTokens: 3, batchRows: 1 });
  await first.next();
  await expect(generator.generate(['a'], { maxNewTokens: 1 }).next()).rejects.toMatchObject({
    code: 'GENERATION_BUSY',
  });
  await first.return(undefined);
  expect(await answers(generator, ['a'], { maxNewTokens: 1 })).toHaveLength(1);
  const controller = new AbortController();
  controller.abort();
  const stopped = generator.generate(['a'], { maxNewTokens: 1, signal: controller.signal }).next();
  await expect(stopped).rejects.toThrow();
  await expect(generator.generate(['a'], { maxNewTokens: 0 }).next()).rejects.toMatchObject({
    code: 'GENERATION_OPTIONS_INVALID',
  });
});
