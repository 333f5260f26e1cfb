import { expect, it } from 'vitest';
import { loadTiny, TINY_MODELS } from '../graph/test-models.js';
import { newRow } from './decode-row.js';
import { decodeRows, openDecoder } from './test-generators.js';

it.each(TINY_MODELS)('decodes %s as PyTorch, alone and in a ragged batch that is joined later', async (name) => {
  const { checkpoint, golden } = await loadTiny(name);
  const engine = await openDecoder(checkpoint, 1);
  await using _session = engine.session;
  const limit = golden.greedy.length;
  const others = golden.lengths.map((length, row) => golden.inputIds[row]!.slice(0, length));
  const rowsOf = (prompts: readonly (readonly number[])[]) =>
    prompts.map((prompt, index) => newRow(index, Int32Array.from(prompt), limit));
  const [row] = rowsOf([golden.prompt]);
  const first = rowsOf(others);
  const later = rowsOf([golden.prompt, ...others.toReversed()]);
  for (const arrivals of [[[row!]], [first, later]]) {
    for await (const _ of decodeRows(engine, arrivals, { steps: 4, readTokens: 3 }));
  }
  expect(row!.tokens).toEqual(golden.greedy);
  expect(later[0]!.tokens).toEqual(golden.greedy);
  expect(first.map(({ tokens }) => tokens)).toEqual(golden.greedyRows);
  expect(later.slice(1).map(({ tokens }) => tokens)).toEqual(golden.greedyRows.toReversed());
});
