import { expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { Row } from '../row.js';
import { withFeatures } from './spool.js';

async function* once(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

it.each([5000, 1500, 0])('gives rows back and their types, %i of them held in memory', async (held) => {
  const rows: Row[] = Array.from({ length: 3210 }, (_, n) => ({
    n: n === 3000 ? 0.5 : n,
    x: [Number.NaN, -0, null, 1][n % 4]!,
    list: n === 3209 ? [{ text: 'last' }] : [],
  }));
  const [again, features] = await withFeatures(
    once(rows),
    async (source, found) => [await collect(source), found] as const,
    {
      held,
    },
  );
  expect(again).toEqual(rows);
  expect(features).toEqual({
    n: { kind: 'value', dtype: 'float64' },
    x: { kind: 'value', dtype: 'float64' },
    list: { kind: 'list', of: { kind: 'struct', fields: { text: { kind: 'value', dtype: 'string' } } } },
  });
});

it('passes on that rows disagree, also in those that are stored', async () => {
  const rows = [...Array.from({ length: 2500 }, () => ({ a: 1 })), { a: 'x' }];
  await expect(withFeatures(once(rows), async () => 0, { held: 0 })).rejects.toThrow(
    expect.objectContaining({ code: 'DATASET_FEATURES_INVALID' }),
  );
});
