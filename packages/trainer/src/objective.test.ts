import { fileURLToPath } from 'node:url';
import { parseModelConfig } from '@flanlab/language-model';
import { expect, it } from 'vitest';
import { collateSteps } from './batches.js';
import { estimateMemory } from './memory-estimate.js';
import { fitObjective, fitRecipe, paddingId } from './objective.js';
import { parseRecipe } from './recipe.js';
import type { TokenisedRow } from './tokenise.js';
import { trainingSetup } from './trainee.js';

const t5 = parseModelConfig({
  model_type: 't5',
  vocab_size: 20,
  d_model: 8,
  d_kv: 4,
  num_heads: 2,
  d_ff: 8,
  num_layers: 1,
});
const gpt2 = parseModelConfig({ model_type: 'gpt2', vocab_size: 20, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 8 });
const unfit = expect.objectContaining({ code: 'TRAINER_RECIPE_INVALID' });

it('means seq2seq of the span where the model has an encoder', () => {
  expect(fitObjective(parseRecipe({}), t5)).toMatchObject({ objective: 'seq2seq', target: 'completion' });
  expect(fitObjective(parseRecipe({ objective: 'seq2seq' }), t5)).toMatchObject({ objective: 'seq2seq' });
  expect(fitObjective(parseRecipe({}), gpt2)).toEqual(parseRecipe({}));
});

it('refuses what the model cannot do', () => {
  expect(() => fitObjective(parseRecipe({ objective: 'seq2seq' }), gpt2)).toThrow(unfit);
  expect(() => fitObjective(parseRecipe({ packing: true }), t5)).toThrow(unfit);
  expect(() => parseRecipe({ objective: 'seq2seq', packing: true })).toThrow(unfit);
  expect(() => fitObjective(parseRecipe({ dropout: 0.1 }), gpt2)).toThrow(/drops nothing/u);
  expect(() => parseRecipe({ dropout: 1 })).toThrow(unfit);
  expect(fitObjective(parseRecipe({ dropout: 0 }), gpt2)).toMatchObject({ objective: 'causal' });
});

it('follows from the config of a model folder, and from nothing where there is none', async () => {
  const model = (name: string): string => fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url));
  expect(await fitRecipe(parseRecipe({}), model('t5-v1.0'))).toMatchObject({ objective: 'seq2seq' });
  for (const folder of ['gpt2', 'nowhere']) {
    expect(await fitRecipe(parseRecipe({}), model(folder))).toEqual(parseRecipe({}));
  }
});

it('adapts query and value of every attention when no layers are named', () => {
  const { adapter, trained } = trainingSetup(t5, parseRecipe({ method: 'lora' }), 'base');
  expect(adapter).toMatchObject({ targetModules: ['q', 'v'] });
  expect(trained).toHaveLength(3 * 2 * 2);
});

it('estimates memory for both stacks', () => {
  const wider = parseModelConfig({ ...t5.raw, num_decoder_layers: 4 });
  const of = (config: typeof t5) => estimateMemory(config, parseRecipe({})).parts.activations;
  expect(of(wider)).toBeGreaterThan(of(t5));
  // Attention goes in blocks of queries, so that a token keeps the same in longer texts.
  const ofLength = (maxLength: number) => estimateMemory(t5, parseRecipe({ maxLength })).parts.activations;
  expect(ofLength(4096)).toBe(2 * ofLength(2048));
  const whole = estimateMemory(t5, parseRecipe({ dropout: 0 })).parts.activations;
  expect(whole).toBeLessThan(of(t5));
});

it('pads what is read with -1, and lays ids and labels of different lengths side by side', () => {
  const row = (ids: readonly number[], labels: readonly number[]): TokenisedRow => ({
    index: 0,
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    offsets: new Int32Array(2 * (ids.length + labels.length)),
    targets: labels.length,
    truncated: false,
    doubleBos: false,
    learnsToStop: true,
    decoded: true,
  });
  const padId = paddingId({ objective: 'seq2seq' }, t5, { padId: 0 });
  const { tokens, sizes, tokenCounts } = collateSteps([[[row([5, 0], [7, 8, 1]), row([6], [1])]]], padId);
  expect(tokens.dims).toEqual([1, 1, 2, 2, 3]);
  expect([...(tokens.data as Int32Array)]).toEqual([5, 0, -1, 6, -1, -1, 7, 8, 1, 1, -100, -100]);
  expect([...(sizes.data as BigInt64Array)]).toEqual([2n, 3n]);
  expect(tokenCounts).toEqual([7]);
});
