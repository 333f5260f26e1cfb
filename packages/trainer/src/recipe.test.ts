import { expect, it } from 'vitest';
import { DEFAULT_LORA, DEFAULT_RECIPE, parseRecipe } from './recipe.js';

it('fills in what is left out', () => {
  expect(parseRecipe({})).toEqual(DEFAULT_RECIPE);
  expect(parseRecipe({ method: 'lora', lora: { rank: 4 }, adam: { beta2: 0.95 } })).toMatchObject({
    lora: { ...DEFAULT_LORA, rank: 4 },
    adam: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
  });
});

it('reports all problems at once, with paths and near names', () => {
  const wrong = {
    learningrate: 1,
    schedule: 'linaer',
    batchSize: 0.5,
    epochs: Number.NaN,
    lora: { rank: 0, alhpa: 1, targetModules: 3 },
    adam: 3,
  };
  let message = '';
  try {
    parseRecipe(wrong);
  } catch (error) {
    expect(error).toMatchObject({ code: 'TRAINER_RECIPE_INVALID', exitCode: 2 });
    message = (error as Error).message;
  }
  for (const part of [
    'learningrate: is not known; did you mean learningRate?',
    'did you mean linear?',
    'batchSize: must be a whole number from 1 up',
    'epochs: must be a number above 0',
    'lora.rank: must be',
    'lora.alhpa: is not known; did you mean alpha?',
    'lora.targetModules: must be a list',
    'adam: must be an object',
    'lora: has no effect unless method is lora or qlora',
  ]) {
    expect(message).toContain(part);
  }
});

it.each([[null], [[]], ['full'], [undefined]])('refuses %j, which is no object', (value) => {
  expect(() => parseRecipe(value)).toThrow('(top level): must be an object');
});

it('does not mistake inherited names for entries', () => {
  expect(() => parseRecipe({ constructor: 1 })).toThrow('constructor: is not known');
});

it('refuses a masked objective on completions', () => {
  expect(() => parseRecipe({ objective: 'masked', target: 'completion' })).toThrow('target: must be all');
});

it.each([
  [{ packing: true, groupByLength: true }, 'groupByLength: must be false when packing is true'],
  [{ packing: true, objective: 'masked' }, 'packing: must be false unless objective is causal'],
  [{ earlyStopping: { patiens: 2 } }, 'earlyStopping.patiens: is not known; did you mean patience?'],
])('refuses %j', (recipe, message) => {
  expect(() => parseRecipe(recipe)).toThrow(message);
});

it('packs instead of grouping by length', () => {
  expect(parseRecipe({ packing: true })).toMatchObject({ packing: true, groupByLength: false });
});
