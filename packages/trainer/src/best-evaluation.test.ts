import { describe, expect, it } from 'vitest';
import { addEvaluation, checkEvaluated, isOver, NO_EVALUATIONS } from './best-evaluation.js';
import { parseRecipe, type Recipe } from './recipe.js';

const follow = (recipe: Partial<Recipe>, values: readonly number[], metric = 'loss') => {
  const parsed = parseRecipe(recipe);
  let history = NO_EVALUATIONS;
  for (const [i, value] of values.entries()) history = addEvaluation(history, i + 1, { [metric]: value }, parsed);
  return { ...history, over: isOver(history, parsed) };
};

describe('the best evaluation', () => {
  it.each([
    ['the lowest loss, the first of equal ones', {}, [3, 2, 2, 2.5], { step: 2, value: 2 }],
    ['the highest of a metric that says so', { greaterIsBetter: true }, [1, 3, 2], { step: 2, value: 3 }],
    ['never one that is no number', {}, [Number.NaN, 5, Number.NaN], { step: 2, value: 5 }],
    ['none when none is a number', {}, [Number.NaN], null],
  ])('is %s', (_name, recipe, values, best) => {
    expect(follow(recipe, values).best).toEqual(best);
  });

  it('goes by the metric that the recipe names', () => {
    expect(follow({ bestMetric: 'accuracy', greaterIsBetter: true }, [0.1, 0.2], 'accuracy').best?.step).toBe(2);
    expect(() => follow({ bestMetric: 'acuracy' }, [1])).toThrow(/no metric "acuracy".*It has loss/s);
  });
});

// Worked out by hand from EarlyStoppingCallback of transformers, which compares with the best before it is updated.
it.each([
  [1, 0, [3, 2, 1], 0, false],
  [1, 0, [3, 3], 1, true],
  [2, 0, [3, 3, 2.9, 3, 3], 2, true],
  [2, 0.5, [3, 2.8, 2.6], 2, true], // each is the best, and no gain
  [3, 0.5, [3, 2.8, 2.1], 0, false], // 0.7 better than 2.8
  [1, 0, [Number.NaN], 1, true],
])('with patience %d and threshold %d, %j are %d evaluations without gain', (patience, threshold, values, n, over) => {
  const { withoutGain, over: isEnd } = follow({ earlyStopping: { patience, threshold } }, values);
  expect([withoutGain, isEnd]).toEqual([n, over]);
});

it('needs rows when something is to be chosen by evaluations', () => {
  for (const recipe of [{ loadBest: true }, { earlyStopping: { patience: 1, threshold: 0 } }]) {
    expect(() => checkEvaluated(parseRecipe(recipe), false)).toThrow('No rows to evaluate on');
    checkEvaluated(parseRecipe(recipe), true);
  }
  checkEvaluated(parseRecipe({}), false);
});
