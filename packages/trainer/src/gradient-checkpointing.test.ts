import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, FULL, hashWeights, LORA, losses, openTestFolder } from './test-runs.js';

let tests: Awaited<ReturnType<typeof openTestFolder>>;
beforeAll(async () => {
  tests = await openTestFolder();
});
afterAll(() => tests.remove());

it.each([
  ['the whole model', { ...FULL, maxSteps: 4 }],
  ['an adapter behind dropout, with accumulation', { ...LORA, maxSteps: 4 }],
])('trains %s to the same bits', async (_what, recipe) => {
  const kept = tests.prepare(recipe);
  const again = tests.prepare({ ...recipe, gradientCheckpointing: true });
  const [expected, actual] = [losses(await collect(kept)), losses(await collect(again))];
  expect(actual).toEqual(expected);
  expect(expected).toHaveLength(4);
  expect(await hashWeights(again)).toBe(await hashWeights(kept));
});
