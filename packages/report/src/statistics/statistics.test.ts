import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { correlate, spearmanInterval, spearmanPermutationTest } from './correlation-test.js';
import { averageRanks, pearson, spearman } from './ranks.js';

interface GoldenCase {
  readonly x: number[];
  readonly y: number[];
  readonly spearman: number;
  readonly pearson: number;
  readonly ranks_x: number[];
  readonly permutation_p?: number;
  readonly t_p?: number;
  readonly interval?: [number, number];
}
const GOLDEN = JSON.parse(
  readFileSync(new URL('../../fixtures/golden-statistics.json', import.meta.url), 'utf8'),
) as GoldenCase[];

describe.each(GOLDEN.map((golden) => [golden.x.length, golden] as const))('%i pairs, as SciPy', (n, golden) => {
  it('rank and correlate', () => {
    expect([...averageRanks(golden.x)]).toEqual(golden.ranks_x);
    expect(spearman(golden.x, golden.y)).toBeCloseTo(golden.spearman, 12);
    expect(pearson(golden.x, golden.y)).toBeCloseTo(golden.pearson, 12);
  });

  it('have its interval and p', () => {
    const interval = spearmanInterval(golden.spearman, n)!;
    expect([interval.low, interval.high]).toEqual(golden.interval!.map((bound) => expect.closeTo(bound, 12)));
    const { p, exact } = spearmanPermutationTest(golden.x, golden.y);
    expect(exact).toBe(golden.permutation_p !== undefined);
    if (exact) expect(p).toBeCloseTo(golden.permutation_p!, 12);
    // Random orders and Student's t are two approximations of the same value: 3 standard errors of 20,001 orders.
    else expect(Math.abs(p - golden.t_p!)).toBeLessThan(3 * Math.sqrt((golden.t_p! + 1e-3) / 20_001));
  });
});

it('gives the same p for the same seed', () => {
  const [golden] = GOLDEN.slice(-1);
  expect(spearmanPermutationTest(golden!.x, golden!.y, 7)).toEqual(spearmanPermutationTest(golden!.x, golden!.y, 7));
});

it.each([
  ['two tasks', [1, 2], [1, 2], /^Only 2 tasks have both scores/],
  ['a constant side', [1, 1, 1], [1, 2, 3], /^All scores of one side are equal/],
  ['four tasks', [1, 2, 3, 4], [1, 2, 3, 4], /^With 4 tasks even a perfect order has p = 0\.08/],
  ['six tasks', [1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5], /^6 tasks are few: .* from 0\.\d\d to 0\.\d\d\.$/],
])('warns about %s', (_title, x, y, message) => {
  expect(correlate(x, y).caution).toMatch(message);
});

it('does not warn about many tasks', () => {
  const [golden] = GOLDEN.slice(-1);
  expect(correlate(golden!.x, golden!.y).caution).toBeNull();
});

it('refuses values without a partner', () => {
  expect(() => pearson([1, 2], [1])).toThrowError(expect.objectContaining({ code: 'STATISTICS_LENGTH_MISMATCH' }));
});
