import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from './generate.js';
import type { Generated, GenerateOptions, Generator } from './generator.js';
import { openGenerator } from './open-generator.js';
import { scoreContinuations } from './score-continuations.js';
import { generationGolden, generatorFixture, TINY_GENERATORS } from './test-generators.js';

async function answers(
  engine: Generator,
  prompts: readonly string[],
  options: Partial<GenerateOptions> = {},
): Promise<Generated[]> {
  const out: Generated[] = [];
  for await (const answer of generate(engine, prompts, { maxNewTokens: 40, ...options })) out.push(answer);
  return out.sort((a, b) => a.index - b.index);
}

describe.each(TINY_GENERATORS)('%s', (family) => {
  let engine: Generator;
  beforeAll(async () => {
    engine = await openGenerator({ modelDir: generatorFixture(family), threads: 1 });
  });
  afterAll(() => engine.close());

  it.each([
    ['in one batch', {}],
    ['one by one', { batchRows: 1 }],
    ['three at a time', { batchRows: 3 }],
    ['under a small token budget', { batchTokens: 150 }],
  ])('writes the tokens of transformers, %s', async (_title, options) => {
    const { rows, stop } = await generationGolden(family);
    const written = await answers(
      engine,
      rows.map(({ prompt }) => prompt),
      options,
    );
    for (const [i, { tokens, text, ids }] of rows.entries()) {
      expect(written[i]).toEqual({
        index: i,
        tokens,
        response: text,
        finish: tokens.at(-1) === stop ? 'stop' : 'length',
        promptTokens: ids.length,
        truncatedTokens: 0,
        promptTruncated: false,
      });
    }
  });

  it.each([1, 3, 64])('writes the same with %i tokens a run', async (stepsPerRun) => {
    const { rows } = await generationGolden(family);
    await using other = await openGenerator({ modelDir: generatorFixture(family), threads: 1, stepsPerRun });
    const written = await answers(
      other,
      rows.map(({ prompt }) => prompt),
    );
    expect(written.map(({ tokens }) => tokens)).toEqual(rows.map(({ tokens }) => tokens));
  });

  it.each([
    ['together', {}],
    ['one a run', { batchTokens: 1 }],
  ])('scores continuations %s as the sum of their log-probabilities', async (_title, limits) => {
    const { options } = await generationGolden(family);
    const scored = await scoreContinuations(engine, options.prompt, [...options.continuations, ''], limits);
    for (const [i, expected] of options.logLikelihoods.entries()) {
      expect(scored[i]!.logLikelihood).toBeCloseTo(expected, 3);
    }
    expect(scored.at(-1)).toEqual({ logLikelihood: 0, tokens: 0 });
  });

  it('refuses to score what does not fit into the context', async () => {
    const scoring = scoreContinuations(engine, 'is it so? '.repeat(40), [' yes', ' no'.repeat(60)]);
    await expect(scoring).rejects.toMatchObject({ code: 'GENERATION_OPTIONS_INVALID' });
  });
});
