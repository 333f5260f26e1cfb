import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { fixture } from '../graph/test-models.js';
import { type DecodeRow, newRow } from './decode-row.js';
import { type DecodeEngine, decodeRows, generatorFixture, openDecoder, TINY_GENERATORS } from './test-generators.js';

const SHAPE = { steps: 8, readTokens: 32 };
const LENGTHS = [1, 70, 5, 33, 96, 17];

/** Prompts of fixed ids, ragged, some read in several pieces. */
const rowsOf = ({ config }: DecodeEngine, indices: readonly number[]): DecodeRow[] =>
  indices.map((i) =>
    newRow(
      i,
      Int32Array.from({ length: LENGTHS[i]! }, (_, t) => 3 + ((i * 37 + t * 11) % (config.vocabularySize - 4))),
      20,
    ),
  );

/** The sum of the final hidden state at each token that each row writes: any other bit before shows here. */
async function trace(engine: DecodeEngine, arrivals: readonly (readonly number[])[]): Promise<Map<number, number[]>> {
  const sums = new Map<number, number[]>();
  for await (const { batch, firstHealth, nextHealth } of decodeRows(
    engine,
    arrivals.map((indices) => rowsOf(engine, indices)),
    SHAPE,
  )) {
    for (const [b, { index, tokens }] of batch.rows.entries()) {
      const list = sums.get(index) ?? [];
      const fresh = batch.lengths[b]! > 0 ? [firstHealth[b]!] : [];
      const all = [...list, ...fresh, ...nextHealth.filter((_, i) => i % firstHealth.length === b)];
      sums.set(index, all.slice(0, tokens.length));
    }
  }
  return sums;
}

/** Windows that rows exceed, angles that depend on a row's length, one key for all queries. */
const OTHERS = ['tiny-mistral-window', 'tiny-llama-dynamic', 'tiny-llama-longrope', 'tiny-falcon-7b'];

describe.each([...TINY_GENERATORS.map(generatorFixture), ...OTHERS.map((name) => fixture(name))])('%s', (folder) => {
  let engine: DecodeEngine;
  let alone: Map<number, number[]>;
  beforeAll(async () => {
    engine = await openDecoder(await readCheckpoint(folder), 2);
    alone = new Map();
    for (const index of LENGTHS.keys()) alone.set(index, (await trace(engine, [[index]])).get(index)!);
  });
  afterAll(() => engine.session.close());

  it.each([
    ['in one batch', [[0, 1, 2, 3, 4, 5]]],
    ['in another order', [[5, 3, 1, 4, 2, 0]]],
    ['with rows that come later', [[2, 4], [0, 5, 1], [], [3]]],
  ])('computes each row %s to the same bits as alone', async (_title, arrivals) => {
    const together = await trace(engine, arrivals);
    expect([...together.values()].map(({ length }) => length)).toEqual(LENGTHS.map(() => 20));
    for (const [index, sums] of together) expect(sums, `row ${index}`).toEqual(alone.get(index));
  });
});
