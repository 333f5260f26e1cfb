import { PythonRandom } from '@flanlab/random';
import { twoDigits } from '../html.js';
import { averageRanks, spearman } from './ranks.js';

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054;
/** All orders of up to eight pairs are looked at (40,320); beyond that, this many random ones. */
const EXACT_PAIRS = 8;
const RANDOM_ORDERS = 20_000;
// Orders that give the same r must count as equal although their sums are rounded differently.
const ROUNDING = 1e-9;

export interface CorrelationInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * 95 % interval of Spearman's r by Fisher's z with the standard error √((1 + r²/2) / (n − 3)); null for fewer than four
 * pairs or |r| = 1, where it does not exist.
 * @see Bonett and Wright 2000, Sample size requirements for estimating Pearson, Kendall and Spearman correlations
 */
export function spearmanInterval(r: number, n: number): CorrelationInterval | null {
  if (n < 4 || !(Math.abs(r) < 1)) return null;
  const spread = Z * Math.sqrt((1 + (r * r) / 2) / (n - 3));
  return { low: Math.tanh(Math.atanh(r) - spread), high: Math.tanh(Math.atanh(r) + spread) };
}

/** Calls `visit` with every order of the values (Heap's algorithm); the array is reused. */
function forEachOrder(values: Float64Array, visit: (order: Float64Array) => void): void {
  const counters = new Int32Array(values.length);
  visit(values);
  for (let i = 0; i < values.length; ) {
    if (counters[i]! >= i) {
      counters[i++] = 0;
      continue;
    }
    const j = i % 2 === 0 ? 0 : counters[i]!;
    [values[i], values[j]] = [values[j]!, values[i]!];
    visit(values);
    counters[i]!++;
    i = 0;
  }
}

export interface PermutationTest {
  /** Share of orders whose |r| is at least the observed one; NaN where r is. */
  readonly p: number;
  /** True when every order was looked at. */
  readonly exact: boolean;
}

/** Two-sided permutation test of Spearman's r: exact up to eight pairs, else 20,000 seeded random orders. */
export function spearmanPermutationTest(x: readonly number[], y: readonly number[], seed = 42): PermutationTest {
  const exact = x.length <= EXACT_PAIRS;
  if (Number.isNaN(spearman(x, y))) return { p: Number.NaN, exact };
  const ranksX = averageRanks(x);
  const ranksY = averageRanks(y);
  const n = x.length;
  // Both sides keep mean and spread whatever their order, so only the sum of products decides.
  const expected = (n * (n + 1) * (n + 1)) / 4;
  const distance = (order: ArrayLike<number>): number => {
    let products = 0;
    for (let i = 0; i < n; i++) products += ranksX[i]! * order[i]!;
    return Math.abs(products - expected);
  };
  const threshold = distance(ranksY) - ROUNDING;
  let extreme = 0;
  let orders = 0;
  const count = (order: ArrayLike<number>): void => {
    orders++;
    if (distance(order) >= threshold) extreme++;
  };
  if (exact) {
    forEachOrder(ranksY.slice(), count);
    return { p: extreme / orders, exact };
  }
  const random = new PythonRandom(seed);
  const order = [...ranksY];
  for (let i = 0; i < RANDOM_ORDERS; i++) {
    random.shuffle(order);
    count(order);
  }
  // The observed order counts as one of them, so that p is never 0.
  return { p: (extreme + 1) / (orders + 1), exact };
}

/** Spearman's r with everything needed to judge it. */
export interface CorrelationResult {
  readonly n: number;
  /** NaN for fewer than three pairs or a constant side. */
  readonly r: number;
  readonly interval: CorrelationInterval | null;
  readonly p: number;
  readonly exact: boolean;
  /** What a reader must know, in one sentence; null when there is nothing to warn about. */
  readonly caution: string | null;
}

/** Fewer pairs than this: the interval is wider than any claim one would make from it. */
const FEW_PAIRS = 10;

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function caution(n: number, r: number, interval: CorrelationInterval | null): string | null {
  if (n < 3) return `Only ${n} ${n === 1 ? 'task has' : 'tasks have'} both scores; a correlation needs at least 3.`;
  if (Number.isNaN(r)) return 'All scores of one side are equal, so there is no order to compare.';
  if (n >= FEW_PAIRS) return null;
  const smallest = 2 / factorial(n);
  if (smallest > 0.05) {
    return `With ${n} tasks even a perfect order has p = ${smallest.toFixed(2)}, so nothing can be concluded.`;
  }
  const range = interval === null ? '' : ` from ${twoDigits(interval.low)} to ${twoDigits(interval.high)}`;
  return `${n} tasks are few: the true value may lie anywhere${range}.`;
}

/** Correlates paired scores and says how far to trust the result. */
export function correlate(x: readonly number[], y: readonly number[], seed = 42): CorrelationResult {
  const n = x.length;
  const r = n < 3 ? Number.NaN : spearman(x, y);
  const interval = spearmanInterval(r, n);
  const { p, exact } = n < 3 ? { p: Number.NaN, exact: true } : spearmanPermutationTest(x, y, seed);
  return { n, r, interval, p, exact, caution: caution(n, r, interval) };
}
