import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { interleave, type StoppingStrategy } from './interleave.js';

interface Case {
  readonly sizes: readonly number[];
  readonly probabilities: readonly number[] | null;
  readonly seed: number | null;
  readonly stopping_strategy: StoppingStrategy;
  readonly count: number;
  readonly rows: readonly (readonly number[])[];
  /** Of all rows, as `source,row` joined by `;`. */
  readonly sha256?: string;
}

const golden = (name: string): readonly Case[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')).interleave;

describe('interleave', () => {
  it.each([...golden('datasets-operations.json'), ...golden('interleave.json')])(
    'takes rows as the datasets library: $sizes, $probabilities, seed $seed, $stopping_strategy',
    ({ sizes, probabilities, seed, stopping_strategy: stoppingStrategy, count, rows, sha256 }) => {
      const order = { seed: seed ?? 0, stoppingStrategy, ...(probabilities && { probabilities }) };
      const taken = [...interleave(sizes, order)];
      expect(taken).toHaveLength(count);
      expect(taken.slice(0, rows.length)).toEqual(rows);
      if (sha256 !== undefined) expect(createHash('sha256').update(taken.join(';')).digest('hex')).toBe(sha256);
    },
  );

  it('stops with the last row of the first source that runs out', () => {
    const sizes = [5000, 100, 3000];
    const offsets = [0, 5000, 5100];
    const probabilities = [3000 / 6100, 100 / 6100, 3000 / 6100];
    const taken = [...interleave(sizes, { probabilities })].map(([source, row]) => offsets[source]! + row);
    expect(taken).toHaveLength(5120);
    expect(taken.slice(0, 15)).toEqual([5100, 0, 5101, 5102, 1, 5103, 5104, 5105, 2, 3, 4, 5106, 5107, 5108, 5]);
  });

  it.each([
    [[], undefined, 'MIXTURE_EMPTY'],
    [[3, 0], undefined, 'MIXTURE_EMPTY'],
    [[3, 3], [0.5], 'MIXTURE_RATES_INVALID'],
    [[3, 3], [0.5, 0.6], 'MIXTURE_RATES_INVALID'],
    [[3, 0], [0.5, 0.5], 'MIXTURE_EMPTY'],
    [[3, 3], [2, -1], 'MIXTURE_RATES_INVALID'],
    [[3, 3], [0.5, Number.NaN], 'MIXTURE_RATES_INVALID'],
  ])('refuses sizes %j with rates %j', (sizes, probabilities, code) => {
    const run = (): unknown => [...interleave(sizes, probabilities ? { probabilities } : {})];
    expect(run).toThrowError(expect.objectContaining({ code }));
  });

  it('takes rates whose sum is as near to 1 as NumPy wants it', () => {
    const drawWith = (excess: number): unknown => [...interleave([2, 2], { probabilities: [0.5, 0.5 + excess] })];
    expect(drawWith(1.4e-8)).toEqual(drawWith(0));
    expect(() => drawWith(1.6e-8)).toThrowError(expect.objectContaining({ code: 'MIXTURE_RATES_INVALID' }));
  });

  it('never draws a source of rate 0, and refuses to wait for it', () => {
    const probabilities = [0, 1];
    expect([...interleave([0, 2], { probabilities })]).toEqual([
      [1, 0],
      [1, 1],
    ]);
    for (const stoppingStrategy of ['all_exhausted', 'all_exhausted_without_replacement'] as const) {
      const run = (): unknown => [...interleave([3, 2], { probabilities, stoppingStrategy })];
      expect(run).toThrowError(expect.objectContaining({ code: 'MIXTURE_RATES_INVALID' }));
    }
  });
});
