import { describe, expect, it } from 'vitest';
import { absorbAnswer, planRun } from './decode-batch.js';
import { newRow } from './decode-row.js';

const prompt = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => 100 + i);
const shape = { steps: 3, readTokens: 20 };

/** Values of a feed as plain numbers. */
const values = (feeds: ReturnType<typeof planRun>['feeds'], name: string): number[] =>
  Array.from(feeds[name]!.data as ArrayLike<number | bigint>, Number);

describe('planRun', () => {
  it('pads one fresh row to a batch of two', () => {
    const { feeds, readWidth, cacheWidth } = planRun([newRow(0, prompt(5), 9)], [7], shape);
    expect({ readWidth, cacheWidth }).toEqual({ readWidth: 16, cacheWidth: 64 });
    expect(feeds.read_ids!.dims).toEqual([2, 16]);
    expect(values(feeds, 'read_ids').slice(0, 6)).toEqual([100, 101, 102, 103, 104, 0]);
    expect(values(feeds, 'lengths')).toEqual([5, 0]);
    expect(values(feeds, 'budget')).toEqual([4, 0]); // one from reading, three turns
    expect(values(feeds, 'stop_ids')).toEqual([7]);
  });

  it('reads a long prompt in pieces, and writes only behind the last', () => {
    const row = newRow(0, prompt(30), 9);
    expect(values(planRun([row], [], shape).feeds, 'budget')).toEqual([0, 0]);
    row.places = Array.from({ length: 20 }, (_, i) => i);
    const { feeds, lengths } = planRun([row], [], shape);
    expect(lengths).toEqual([10]);
    expect(values(feeds, 'budget')).toEqual([4, 0]);
    expect(values(feeds, 'read_cache')).toEqual([64]);
    expect(values(feeds, 'stop_ids')).toEqual([-1]);
  });

  it('feeds the last token of rows that only write, with what is left of their limit', () => {
    const writing = newRow(0, prompt(2), 4);
    writing.tokens.push(8, 9);
    writing.places = [3, 4, 9];
    const fresh = newRow(1, prompt(3), 1);
    const { feeds } = planRun([writing, fresh], [], shape);
    expect(values(feeds, 'pending')).toEqual([9, 0]);
    expect(values(feeds, 'budget')).toEqual([2, 1]);
    expect(values(feeds, 'cached')).toEqual([3, 0]);
    expect(values(feeds, 'cache_index').slice(0, 4)).toEqual([3, 4, 9, 0]);
    expect(values(feeds, 'read_rows').slice(0, 1)).toEqual([1]);
    expect(values(feeds, 'read_index')).toEqual([0, 0]);
  });
});

describe('absorbAnswer', () => {
  const answer = (first: readonly number[], next: readonly (readonly number[])[], broken: readonly number[] = []) => {
    const health = (B: number, row: number) =>
      Float32Array.from({ length: B }, (_, b) => (broken.includes(b) ? NaN : row));
    const B = first.length;
    return {
      firstTokens: Int32Array.from(first),
      firstHealth: health(B, 1),
      nextTokens: Int32Array.from(next.flat()),
      nextHealth: Float32Array.from(next.flatMap(() => [...health(B, 2)])),
    };
  };

  it('enters tokens up to the stop token or the limit, and where the cache has them', () => {
    const rows = [newRow(0, prompt(2), 9), newRow(1, prompt(3), 3), newRow(2, prompt(1), 9)];
    const batch = planRun(rows, [7], shape);
    const broken = absorbAnswer(
      batch,
      answer(
        [5, 5, 7],
        [
          [6, 6, 1],
          [7, 8, 2],
          [1, 9, 3],
        ],
      ),
      new Set([7]),
    );
    expect(broken).toEqual([]);
    expect(rows.map(({ tokens }) => tokens)).toEqual([[5, 6, 7], [5, 6, 8], [7]]);
    expect(rows.map(({ finish }) => finish)).toEqual(['stop', 'length', 'stop']);
    // Width 64 + 16 + 3 turns: row 1 starts at 83, its prompt behind the cache's 64, its tail behind the 16 read.
    expect(rows[1]!.places).toEqual([83 + 64, 83 + 65, 83 + 66, 83 + 80, 83 + 81]);
  });

  it('enters nothing but the place for a row that has not read its prompt to the end', () => {
    const row = newRow(0, prompt(30), 9);
    absorbAnswer(planRun([row], [], shape), answer([5, 0], []), new Set());
    expect(row.tokens).toEqual([]);
    expect(row.places).toHaveLength(20);
  });

  it('keeps writing rows in order over runs', () => {
    const row = newRow(0, prompt(2), 9);
    absorbAnswer(
      planRun([row], [], shape),
      answer(
        [5, 0],
        [
          [6, 0],
          [8, 0],
          [9, 0],
        ],
      ),
      new Set(),
    );
    expect(row.places).toEqual([64, 65, 80, 81, 82]);
    absorbAnswer(
      planRun([row], [], shape),
      answer(
        [9, 0],
        [
          [10, 0],
          [11, 0],
          [12, 0],
        ],
      ),
      new Set(),
    );
    expect(row.tokens).toEqual([5, 6, 8, 9, 10, 11, 12]);
    // The five it had are packed to the front; reading has width 1 now.
    expect(row.places).toEqual([0, 1, 2, 3, 4, 65, 66, 67]);
  });

  it('names rows whose numbers are not finite, not those that padding broke', () => {
    const rows = [newRow(0, prompt(2), 9), newRow(1, prompt(2), 9)];
    const broken = absorbAnswer(planRun(rows, [], shape), answer([5, 5], [[6, 6]], [1]), new Set());
    expect(broken.map(({ index }) => index)).toEqual([1]);
  });
});
