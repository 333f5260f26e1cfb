import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absorbAnswer, planRun } from './decode-batch.js';
import { cacheNames } from './decode-graph.js';
import { type DecodeRow, newRow } from './decode-row.js';
import { type Engine, engineOf, type Generator, resetCache } from './generator.js';
import { openGenerator } from './open-generator.js';
import { generatorFixture, TINY_GENERATORS } from './test-generators.js';

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
  await resetCache(engine);
  const keep: Record<string, string> = {};
  for (let layer = 0; layer < engine.config.layers; layer++) {
    const { keyIn, keyOut, valueIn, valueOut } = cacheNames(layer);
    Object.assign(keep, { [keyOut]: keyIn, [valueOut]: valueIn });
  }
  const sums = new Map<number, number[]>();
  let running: DecodeRow[] = [];
  for (let run = 0; run < arrivals.length || running.length > 0; run++) {
    running.push(...rowsOf(arrivals[run] ?? []));
    const batch = planRun(running, [], SHAPE);
    const { first_tokens, first_health, next_tokens, next_health } = await engine.session.run(batch.feeds, { keep });
    const answer = {
      firstTokens: first_tokens!.data as Int32Array,
      firstHealth: first_health!.data as Float32Array,
      nextTokens: next_tokens!.data as Int32Array,
      nextHealth: next_health!.data as Float32Array,
    };
    const written = running.map(({ tokens }) => tokens.length);
    absorbAnswer(batch, answer, new Set());
    const B = answer.firstTokens.length;
    for (const [b, row] of running.entries()) {
      const fresh = batch.lengths[b]! > 0 ? [answer.firstHealth[b]!] : [];
      const all = [...fresh, ...answer.nextHealth.filter((_, i) => i % B === b)];
      const list = sums.get(row.index) ?? [];
      sums.set(row.index, [...list, ...all.slice(0, row.tokens.length - written[b]!)]);
    }
    running = running.filter(({ finish }) => finish === undefined);
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
