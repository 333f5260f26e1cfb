import { expect, it } from 'vitest';
import { fixture, loadTiny, maxDifference } from '../graph/test-models.js';
import { readAdapter } from './adapter.js';
import { logitChange } from './logit-change.js';
import { mergeAdapter } from './merge-adapter.js';

it('says how far an adapter moves logits, as PEFT computes them, and how many choices that turns', async () => {
  const { checkpoint, golden } = await loadTiny('tiny-llama');
  const { config, tensors } = checkpoint;
  const merged = mergeAdapter(checkpoint, await readAdapter(fixture('tiny-llama', 'adapter'), config));
  const [ids, before, after] = [golden.inputIds[0]!, golden.logits[0]!, golden.adaptedLogits];
  const { largest, scale, flipped } = await logitChange(config, tensors, merged, ids);
  expect(largest).toBeCloseTo(maxDifference(before, after), 3);
  expect(scale).toBeCloseTo(Math.max(...before.map(Math.abs)), 4);
  const best = (logits: readonly number[], t: number): number => {
    const row = logits.slice(t * config.vocabularySize, (t + 1) * config.vocabularySize);
    return row.indexOf(Math.max(...row));
  };
  expect(flipped).toBe(ids.filter((_, t) => best(before, t) !== best(after, t)).length);
  expect(flipped).toBeGreaterThan(0);
  expect(await logitChange(config, tensors, tensors, ids)).toEqual({
    largest: 0,
    scale,
    flipped: 0,
    tokens: ids.length,
  });
});
