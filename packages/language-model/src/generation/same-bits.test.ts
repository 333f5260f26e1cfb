import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecodeRow, newRow } from './decode-row.js';
import { type Engine, engineOf, type Generator } from './generator.js';
import { openGenerator } from './open-generator.js';
import { decodeRows, generatorFixture, TINY_GENERATORS } from './test-generators.js';

const SHAPE = { steps: 8, readTokens: 32 };
const LENGTHS = [1, 70, 5, 33, 96, 17];

/** Prompts of fixed ids, ragged, some read in several pieces. */
const rowsOf = (indices: readonly number[]): DecodeRow[] =>
  indices.map((i) =>
    newRow(
      i,
      Int32Array.from({ length: LENGTHS[i]! }, (_, t) => 3 + ((i * 37 + t * 11) % 300)),
      20,
    ),
  );

/** The sum of the final hidden state at each token that each row writes: any other bit before shows here. */
async function trace(engine: Engine, arrivals: readonly (readonly number[])[]): Promise<Map<number, number[]>> {
  const sums = new Map<number, number[]>();
  for await (const { batch, firstHealth, nextHealth } of decodeRows(engine, arrivals.map(rowsOf), SHAPE)) {
    for (const [b, { index, tokens }] of batch.rows.entries()) {
      const list = sums.get(index) ?? [];
      const fresh = batch.lengths[b]! > 0 ? [firstHealth[b]!] : [];
      const all = [...list, ...fresh, ...nextHealth.filter((_, i) => i % firstHealth.length === b)];
      sums.set(index, all.slice(0, tokens.length));
    }
  }
  return sums;
}

describe.each(TINY_GENERATORS)('%s', (family) => {
  let generator: Generator;
  let alone: Map<number, number[]>;
  beforeAll(async () => {
    generator = await openGenerator({ modelDir: generatorFixture(family), threads: 2 });
    alone = new Map();
    for (const index of LENGTHS.keys()) alone.set(index, (await trace(engineOf(generator), [[index]])).get(index)!);
  });
  afterAll(() => generator.close());

  it.each([
    ['in one batch', [[0, 1, 2, 3, 4, 5]]],
    ['in another order', [[5, 3, 1, 4, 2, 0]]],
    ['with rows that come later', [[2, 4], [0, 5, 1], [], [3]]],
  ])('computes each row %s to the same bits as alone', async (_title, arrivals) => {
    const together = await trace(engineOf(generator), arrivals);
    expect([...together.values()].map(({ length }) => length)).toEqual(LENGTHS.map(() => 20));
    for (const [index, sums] of together) expect(sums, `row ${index}`).toEqual(alone.get(index));
  });
});
